import { describe, expect, test } from 'vitest'
import { FakeClock, settle } from '../../test/kit/clock'
import { MemoryOutbox } from '../../test/kit/memory-outbox'
import type { FrameError, MessageAck } from './contract'
import type { ClientFrame } from './frames'
import { Outbox, type Pending } from './outbox'

function setUp(store = new MemoryOutbox()) {
  const clock = new FakeClock()
  const sent: string[] = []
  let pending: readonly Pending[] = []
  const held: (number | undefined)[] = []
  let ids = 0
  const outbox = new Outbox({
    clock,
    random: () => 0,
    store,
    newId: () => `id-${++ids}`,
    changed: (list) => (pending = list),
    heldBack: (until) => held.push(until),
  })
  const send = (frame: ClientFrame) => {
    if (frame.type === 'message.send') sent.push(frame.data.client_msg_id)
    return true
  }
  return { clock, outbox, store, sent, send, held, pending: () => pending.map(({ content, state }) => [content, state]) }
}

const ack = (id: string, seq = 1): MessageAck => ({
  conversation_id: 'c',
  client_msg_id: id,
  message_id: `m-${id}`,
  seq,
  created_at: '2026-01-01T00:00:00.000Z',
  duplicate: false,
})

const refusal = (code: FrameError['code'], with_: Partial<FrameError> = {}): FrameError => ({
  code,
  detail: 'no',
  retryable: false,
  ...with_,
})

describe('an outbox', () => {
  test('has a text on disk before it sends it', async () => {
    const { outbox, store, sent, send } = setUp()
    outbox.open((frame) => {
      if (frame.type === 'message.send') expect(store.entries.has(frame.data.client_msg_id)).toBe(true)
      return send(frame)
    }, 16)
    await outbox.enqueue('c', 'hello')
    expect(sent).toEqual(['id-1'])
  })

  test('sends the texts of a conversation one after the other', async () => {
    const { outbox, sent, send } = setUp()
    outbox.open(send, 16)
    for (const text of ['a', 'b', 'c']) await outbox.enqueue('c', text)
    expect(sent).toEqual(['id-1'])
    outbox.acknowledge(ack('id-1', 1))
    outbox.acknowledge(ack('id-2', 2))
    expect(sent).toEqual(['id-1', 'id-2', 'id-3'])
  })

  test('has at most the agreed number under way over all conversations', async () => {
    const { outbox, sent, send } = setUp()
    outbox.open(send, 16)
    for (let i = 1; i <= 20; i++) await outbox.enqueue(`c${i}`, 'x')
    expect(sent).toHaveLength(16)
    outbox.acknowledge(ack('id-1'))
    expect(sent).toHaveLength(17)
  })

  test('sends again with the same id after a reconnect', async () => {
    const { outbox, sent, send, pending } = setUp()
    outbox.open(send, 16)
    await outbox.enqueue('c', 'a')
    await outbox.enqueue('c', 'b')
    outbox.close()
    expect(pending()).toEqual([['a', 'waiting'], ['b', 'waiting']])
    outbox.open(send, 16)
    outbox.acknowledge(ack('id-1'))
    expect(sent).toEqual(['id-1', 'id-1', 'id-2'])
  })

  test('keeps its texts, their ids and their order over a closed tab', async () => {
    const store = new MemoryOutbox()
    const before = setUp(store)
    for (const text of ['a', 'b']) await before.outbox.enqueue('c', text)

    const after = setUp(store)
    await after.outbox.restore()
    expect(after.pending()).toEqual([['a', 'waiting'], ['b', 'waiting']])
    after.outbox.open(after.send, 16)
    after.outbox.acknowledge(ack('id-1', 1))
    after.outbox.acknowledge(ack('id-2', 2))
    await settle()
    expect(after.sent).toEqual(['id-1', 'id-2'])
    expect(store.entries.size).toBe(0)
  })

  test('puts what an earlier visit left before what was written since', async () => {
    const store = new MemoryOutbox()
    await store.put({ clientMessageId: 'old', conversationId: 'c', content: 'old', writtenAt: 1 })
    const { outbox, sent, send } = setUp(store)
    await outbox.enqueue('c', 'new')
    await outbox.restore()
    outbox.open(send, 16)
    expect(sent).toEqual(['old'])
  })

  test('pauses as a whole when the server asks for it, and loses nothing', async () => {
    const { outbox, sent, send, clock, pending } = setUp()
    outbox.open(send, 16)
    await outbox.enqueue('c', 'a')
    outbox.refuse('id-1', refusal('overloaded', { retryable: true, retry_after_ms: 4000 }))
    await outbox.enqueue('d', 'b')
    await clock.advance(3999)
    expect(sent).toEqual(['id-1'])
    await clock.advance(1)
    expect(sent).toEqual(['id-1', 'id-1', 'id-2'])
    expect(pending()).toEqual([['a', 'waiting'], ['b', 'waiting']])
  })

  test('waits out the rate limit without calling it a failure, then goes on in order', async () => {
    const { outbox, sent, send, clock, pending, held } = setUp()
    outbox.open(send, 16)
    for (const text of ['a', 'b']) await outbox.enqueue('c', text)
    const until = clock.now() + 4000
    outbox.refuse('id-1', refusal('rate_limited', { retry_after_ms: 4000 }))
    expect(pending()).toEqual([['a', 'waiting'], ['b', 'waiting']])
    expect(held).toEqual([until])
    await clock.advance(3999)
    expect(sent).toEqual(['id-1'])
    await clock.advance(1)
    expect(held).toEqual([until, undefined])
    outbox.acknowledge(ack('id-1', 1))
    expect(sent).toEqual(['id-1', 'id-1', 'id-2'])
  })

  test('holds nothing back any more once the connection is gone', async () => {
    const { outbox, send, held } = setUp()
    outbox.open(send, 16)
    await outbox.enqueue('c', 'a')
    outbox.refuse('id-1', refusal('rate_limited', { retry_after_ms: 4000 }))
    outbox.close()
    expect(held.at(-1)).toBeUndefined()
  })

  test('does not try for ever what a block refuses', async () => {
    const { outbox, sent, send, clock, pending } = setUp()
    outbox.open(send, 16)
    await outbox.enqueue('c', 'a')
    outbox.refuse('id-1', refusal('blocked'))
    await clock.advance(600_000)
    outbox.close()
    outbox.open(send, 16)
    expect(sent).toEqual(['id-1'])
    expect(pending()).toEqual([['a', 'failed']])
  })

  test('leaves a refused text to the person and goes on with the next', async () => {
    const { outbox, store, sent, send, pending } = setUp()
    outbox.open(send, 16)
    await outbox.enqueue('c', 'a')
    await outbox.enqueue('c', 'b')
    outbox.refuse('id-1', refusal('forbidden'))
    expect(pending()).toEqual([['a', 'failed'], ['b', 'waiting']])
    expect(sent).toEqual(['id-1', 'id-2'])
    await settle()
    expect(store.entries.get('id-1')?.failure).toEqual({ code: 'forbidden', detail: 'no' })

    await outbox.retry('id-1')
    outbox.acknowledge(ack('id-2'))
    expect(sent).toEqual(['id-1', 'id-2', 'id-1'])
    outbox.refuse('id-1', refusal('forbidden'))
    await outbox.discard('id-1')
    expect(store.entries.has('id-1')).toBe(false)
  })

  test('gives a text a new id only when the server holds the old one for another text', async () => {
    const { outbox, sent, send } = setUp()
    outbox.open(send, 16)
    await outbox.enqueue('c', 'a')
    outbox.refuse('id-1', refusal('idempotency_mismatch'))
    await outbox.retry('id-1')
    expect(sent).toEqual(['id-1', 'id-2'])
  })

  test('discards nothing that might still be sent', async () => {
    const { outbox, pending } = setUp()
    await outbox.enqueue('c', 'a')
    await outbox.discard('id-1')
    expect(pending()).toEqual([['a', 'waiting']])
  })

  test('asks again when an answer does not come', async () => {
    const { outbox, sent, send, clock } = setUp()
    outbox.open(send, 16)
    await outbox.enqueue('c', 'a')
    await clock.advance(30_000)
    expect(sent).toEqual(['id-1', 'id-1'])
  })

  test('shows an acknowledged text until its message is here', async () => {
    const { outbox, send, pending } = setUp()
    outbox.open(send, 16)
    await outbox.enqueue('c', 'a')
    expect(outbox.acknowledge(ack('id-1', 7))?.content).toBe('a')
    expect(outbox.acknowledge(ack('id-1', 7))).toBeUndefined()
    expect(pending()).toEqual([['a', 'sent']])
    outbox.settleThrough('c', 6)
    expect(pending()).toEqual([['a', 'sent']])
    outbox.settleThrough('c', 7)
    expect(pending()).toEqual([])
  })

  test('sends even where nothing can be stored', async () => {
    const store = new MemoryOutbox()
    store.put = () => Promise.reject(new Error('quota'))
    store.remove = () => Promise.reject(new Error('quota'))
    const { outbox, sent, send, pending } = setUp(store)
    outbox.open(send, 16)
    await outbox.enqueue('c', 'a')
    expect(sent).toEqual(['id-1'])
    outbox.acknowledge(ack('id-1', 1))
    await outbox.settle('id-1')
    expect(pending()).toEqual([])
  })
})
