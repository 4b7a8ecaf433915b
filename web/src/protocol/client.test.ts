import { describe, expect, test } from 'vitest'
import { Chat } from '../../test/kit/chat'
import { settle } from '../../test/kit/clock'
import { conversation, message, messages } from '../../test/kit/objects'

describe('sync', () => {
  test('names what is known and brings what was missed', async () => {
    const chat = new Chat()
    await chat.client.start([conversation(3)])
    await chat.arrive({ conversations: [conversation(5)], messages: messages(4, 5) })
    expect(chat.peer.sent('sync')[0]?.data).toEqual({ known: [{ conversation_id: 'c', seq: 3 }] })
    expect(chat.state).toBe('live')
    expect(chat.seqs()).toEqual([4, 5])
  })

  test('goes on until there is no more', async () => {
    const chat = new Chat()
    await chat.client.start([])
    await settle()
    chat.peer.open()
    chat.peer.hello()
    const a = conversation(1, { id: 'a' })
    chat.answerSync({ conversations: [a], messages: [message(1, { conversation_id: 'a' })], cursor: 'next', has_more: true })
    expect(chat.state).toBe('syncing')
    expect(chat.peer.sent('sync').at(-1)?.data.cursor).toBe('next')
    chat.answerSync({ conversations: [conversation(1)], messages: messages(1, 1) })
    expect(chat.state).toBe('live')
    expect([...chat.conversations.keys()]).toEqual(['a', 'c'])
  })

  test('after a reconnect asks from where it was', async () => {
    const chat = new Chat()
    await chat.live([conversation(3)])
    chat.peer.say({ type: 'message.new', data: message(4) })
    chat.peer.close(1006)
    await chat.clock.advance(1000)
    await chat.arrive()
    expect(chat.peer.sent('sync')[0]?.data.known).toEqual([{ conversation_id: 'c', seq: 4 }])
  })

  test('says which description of a conversation is held, so that only what changed comes', async () => {
    const chat = new Chat()
    await chat.live([conversation(3, { version: 'a' })])
    chat.peer.say({ type: 'conversation.updated', data: conversation(3, { version: 'b' }) })
    chat.peer.close(1006)
    await chat.clock.advance(1000)
    await chat.arrive({ conversations: [conversation(3, { version: 'c', name: 'missed' })] })
    expect(chat.peer.sent('sync')[0]?.data.known).toEqual([{ conversation_id: 'c', seq: 3, version: 'b' }])
    expect(chat.conversations.get('c')?.name).toBe('missed')
    chat.peer.close(1006)
    await chat.clock.advance(1000)
    await chat.arrive()
    expect(chat.peer.sent('sync')[0]?.data.known).toEqual([{ conversation_id: 'c', seq: 3, version: 'c' }])
  })

  test.each(['live', 'by the sync'])('a group one was taken out of is gone, %s: with its texts, and nothing of it is fetched', async (way) => {
    const chat = new Chat()
    await chat.live([conversation(3)])
    chat.peer.say({ type: 'typing', data: { conversation_id: 'c', user_id: 'peer', expires_seconds: 5 } })
    await chat.client.send('c', 'too late')
    if (way === 'live') chat.peer.say({ type: 'conversation.removed', data: { conversation_id: 'c' } })
    else {
      chat.peer.close(1006)
      await chat.clock.advance(1000)
      await chat.arrive({ removed_ids: ['c'] })
    }
    expect([chat.conversations.size, chat.pending.length, chat.outbox.entries.size, chat.typing.size]).toEqual([0, 0, 0, 0])
    await chat.clock.advance(40_000)
    chat.peer.close(1006)
    await chat.clock.advance(1000)
    await chat.arrive()
    expect(chat.peer.sent('sync')[0]?.data.known).toEqual([])
    expect(chat.fetches).toEqual([])
  })

  test('that the server cannot answer now is tried on a new connection, as late as it asks', async () => {
    const chat = new Chat()
    await chat.client.start([])
    await settle()
    chat.peer.open()
    chat.peer.hello()
    const re = chat.peer.sent('sync')[0]?.id ?? ''
    chat.peer.say({ type: 'error', re, data: { code: 'unavailable', detail: '', retryable: true, retry_after_ms: 7000 } })
    expect(chat.states.at(-1)).toMatchObject({ name: 'waiting', until: chat.clock.now() + 7000 })
  })

  test('without an answer does not last forever', async () => {
    const chat = new Chat()
    await chat.client.start([])
    await settle()
    chat.peer.open()
    chat.peer.hello()
    await chat.clock.advance(20_000)
    expect(chat.state).toBe('waiting')
  })
})

describe('a message one sends', () => {
  test('waits for the connection, then becomes a message by its ack alone', async () => {
    const chat = new Chat()
    await chat.client.start([conversation(0)])
    await chat.client.send('c', '  hello ')
    expect(chat.pending).toMatchObject([{ content: 'hello', state: 'waiting' }])
    await chat.arrive()
    expect(chat.peer.sent('message.send')[0]?.data).toEqual({ conversation_id: 'c', client_msg_id: 'id-1', content: 'hello' })
    chat.ack('id-1', 1)
    expect(chat.messages.get('c')).toMatchObject([{ seq: 1, content: 'hello', sender_id: 'me', client_msg_id: 'id-1' }])
    expect(chat.pending).toEqual([])
  })

  test.each(['before', 'after'])('is there once when it also arrives %s its ack', async (order) => {
    const chat = new Chat()
    await chat.live([conversation(0)])
    await chat.client.send('c', 'hello')
    const arrive = () =>
      chat.peer.say({ type: 'message.new', data: message(1, { sender_id: 'me', client_msg_id: 'id-1' }) })
    if (order === 'before') arrive()
    chat.ack('id-1', 1)
    if (order === 'after') arrive()
    expect(chat.seqs()).toEqual([1])
    expect(chat.pending).toEqual([])
    expect(chat.outbox.entries.size).toBe(0)
  })

  test('whose ack was lost is sent again with the same id and is there once', async () => {
    const chat = new Chat()
    await chat.live([conversation(0)])
    await chat.client.send('c', 'hello')
    chat.peer.close(1006)
    await chat.clock.advance(1000)
    await chat.arrive()
    expect(chat.peer.sent('message.send')[0]?.data.client_msg_id).toBe('id-1')
    chat.ack('id-1', 1, true)
    expect(chat.seqs()).toEqual([1])
  })

  test('that the sync already brought is not sent again', async () => {
    const chat = new Chat()
    await chat.live([conversation(0)])
    await chat.client.send('c', 'hello')
    chat.peer.close(1006)
    await chat.clock.advance(1000)
    const mine = message(1, { sender_id: 'me', client_msg_id: 'id-1' })
    await chat.arrive({ conversations: [conversation(1)], messages: [mine] })
    expect(chat.peer.sent('message.send')).toEqual([])
    expect(chat.pending).toEqual([])
  })

  test('keeps its place when others wrote in between', async () => {
    const chat = new Chat()
    await chat.live([conversation(0)])
    chat.history = messages(1, 1)
    await chat.client.send('c', 'hello')
    chat.ack('id-1', 2)
    expect(chat.pending).toMatchObject([{ state: 'sent' }])
    await chat.clock.advance(400)
    expect(chat.seqs()).toEqual([1, 2])
    expect(chat.pending).toEqual([])
  })

  test('that is a duplicate of an old message is settled', async () => {
    const chat = new Chat()
    await chat.live([conversation(9)])
    await chat.client.send('c', 'hello')
    chat.ack('id-1', 4, true)
    expect(chat.pending).toEqual([])
    expect(chat.seqs()).toEqual([])
  })
})

describe('a message one gets', () => {
  test('moves the delivered cursor once for a burst', async () => {
    const chat = new Chat()
    await chat.live([conversation(0)])
    chat.peer.say({ type: 'messages', data: { conversation_id: 'c', messages: messages(1, 5) } })
    await chat.clock.advance(1000)
    expect(chat.peer.sent('delivered')).toMatchObject([{ data: { conversation_id: 'c', seq: 5 } }])
  })

  test('of a conversation that somebody just began introduces it', async () => {
    const chat = new Chat()
    await chat.live()
    chat.directory.set('c', conversation(1, { my_delivered_seq: 0 }))
    chat.peer.say({ type: 'message.new', data: message(1) })
    chat.peer.say({ type: 'message.new', data: message(1) })
    await chat.clock.advance(1000)
    expect([...chat.conversations.keys()]).toEqual(['c'])
    expect(chat.peer.sent('delivered')).toMatchObject([{ data: { seq: 1 } }])
    chat.peer.say({ type: 'message.new', data: message(2) })
    expect(chat.seqs()).toEqual([2])
  })

  test('of a conversation that is gone already changes nothing', async () => {
    const chat = new Chat()
    await chat.live()
    chat.peer.say({ type: 'message.new', data: message(1) })
    await chat.clock.advance(1000)
    expect(chat.state).toBe('live')
    expect(chat.conversations.size).toBe(0)
  })
})

test('a conversation one was removed from is gone, and a late message does not bring it back', async () => {
  const chat = new Chat()
  await chat.live([conversation(1)])
  chat.peer.say({ type: 'conversation.removed', data: { conversation_id: 'c' } })
  chat.peer.say({ type: 'message.new', data: message(2) })
  await chat.clock.advance(1000)
  expect(chat.conversations.size).toBe(0)
})

test('reading without a connection reaches the server with the next one', async () => {
  const chat = new Chat()
  await chat.client.start([conversation(3)])
  chat.client.markRead('c', 3)
  await chat.arrive()
  await chat.clock.advance(1000)
  expect(chat.peer.sent('read')).toMatchObject([{ data: { conversation_id: 'c', seq: 3 } }])
})
