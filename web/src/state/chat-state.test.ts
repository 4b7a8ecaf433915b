import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { conversation, message, messages } from '../../test/kit/objects'
import type { Message } from '../protocol/contract'
import { calling, can, quiet, withAppended, withConversations, withOlder, withRead, withReceipt, withRestarted, withTrimmed } from './chat-state'
import { initialState, type ChatState } from './model'

const start = (lastSeq = 0) => withConversations(initialState, [conversation(lastSeq)])
const seqs = (state: ChatState) => state.timelines.get('c')?.messages.map((one) => one.seq) ?? []
const unread = (state: ChatState) => state.conversations.get('c')?.unread_count

describe('messages', () => {
  test('move the conversation to its newest, and count as unread what others wrote after one wrote oneself', () => {
    const state = withAppended(start(), 'me', 'c', [message(1), message(2, { sender_id: 'me' }), message(3)])
    expect(state.conversations.get('c')).toMatchObject({ last_seq: 3, last_message: { seq: 3 }, unread_count: 1 })
  })

  test('that the server has counted already are not counted twice', () => {
    const told = withConversations(start(), [conversation(2, { unread_count: 2, my_read_seq: 0 })])
    expect(unread(withAppended(told, 'me', 'c', messages(1, 2)))).toBe(2)
  })

  test('that a page of history brought before are there once', () => {
    const paged = withOlder(start(3), 'c', messages(1, 3), false)
    expect(seqs(withAppended(paged, 'me', 'c', messages(2, 4)))).toEqual([1, 2, 3, 4])
  })

  test('of a page that does not fit any more are dropped', () => {
    const moved = withRestarted(start(30), 'me', 'c', messages(201, 205))
    expect(seqs(withOlder(moved, 'c', messages(10, 30), false))).toEqual([201, 202, 203, 204, 205])
  })

  test('that were let go of can be paged for again', () => {
    const long = withRestarted(start(), 'me', 'c', messages(1, 50))
    expect(long.timelines.get('c')?.complete).toBe(true)
    const short = withTrimmed(long, 'c', 10)
    expect(short.timelines.get('c')).toMatchObject({ complete: false })
    const again = withOlder(short, 'c', messages(1, 40), false)
    expect(seqs(again)).toEqual(messages(1, 50).map((one) => one.seq))
    expect(again.timelines.get('c')?.complete).toBe(true)
  })
})

describe('cursors', () => {
  test('of the reader clear the count, wherever they were moved', () => {
    const state = withAppended(start(), 'me', 'c', messages(1, 4))
    expect(unread(withRead(state, 'me', 'c', 2))).toBe(2)
    expect(unread(withReceipt(state, 'me', { conversation_id: 'c', user_id: 'me', delivered_seq: 4, read_seq: 4 }))).toBe(0)
  })

  test('of the other only go forward, and what is read is delivered', () => {
    const receipt = (delivered_seq: number, read_seq: number) => ({ conversation_id: 'c', user_id: 'peer', delivered_seq, read_seq })
    const state = withReceipt(withReceipt(start(9), 'me', receipt(3, 5)), 'me', receipt(4, 2))
    expect(state.conversations.get('c')).toMatchObject({ peer_read_seq: 5, peer_delivered_seq: 5 })
  })

  test('that are ahead here are not set back by an older view of the server', () => {
    const read = withRead(withAppended(start(), 'me', 'c', messages(1, 3)), 'me', 'c', 3)
    const late = withConversations(read, [conversation(2, { unread_count: 2, my_read_seq: 0 })])
    expect(late.conversations.get('c')).toMatchObject({ last_seq: 3, my_read_seq: 3, unread_count: 0 })
  })
})

describe('settings', () => {
  const archived = (muted: string | undefined) =>
    withConversations(initialState, [conversation(1, { settings: { notifications: 'all', pinned: false, archived: true, ...(muted === undefined ? {} : { muted_until: muted }) } })])
  const where = (state: ChatState) => state.conversations.get('c')?.settings.archived

  test('a message takes a conversation out of the archive, unless it is muted', () => {
    expect(where(withAppended(archived(undefined), 'me', 'c', [message(2)]))).toBe(false)
    expect(where(withAppended(archived('9999-01-01T00:00:00.000Z'), 'me', 'c', [message(2)]))).toBe(true)
    expect(where(withAppended(archived(undefined), 'me', 'c', [message(2, { type: 'system' })]))).toBe(true)
  })

  test('a mute ends by itself', () => {
    const settings = { notifications: 'all', pinned: false, archived: false, muted_until: '2026-01-01T00:00:00.000Z' } as const
    const end = Date.UTC(2026, 0, 1)
    expect([quiet(settings, end - 1), quiet(settings, end)]).toEqual([true, false])
  })
})

test('what the other one read is not told any more once one of the two hides it', () => {
  const told = withConversations(start(), [conversation(3, { peer_read_seq: 2, peer_delivered_seq: 3 })])
  const hidden = conversation(3, { peer_delivered_seq: 3 })
  delete hidden.peer_read_seq
  const hiding = withConversations(told, [hidden])
  expect(hiding.conversations.get('c')?.peer_read_seq).toBeUndefined()
  const masked = withReceipt(hiding, 'me', { conversation_id: 'c', user_id: 'peer', delivered_seq: 3, read_seq: 0 })
  expect(masked.conversations.get('c')?.peer_read_seq).toBeUndefined()
})

describe('groups', () => {
  const group = (with_ = {}) => conversation(0, { kind: 'group', name: 'Harbour', ...with_ })
  const open = () => withConversations(initialState, [group()])

  test('calls of oneself and of all are counted apart, until they are read', () => {
    const calls = [message(1, { mentions: ['me'] }), message(2, { mentions: ['bo'] }), message(3, { mentions_all: true })]
    const state = withAppended(open(), 'me', 'c', calls)
    expect(state.conversations.get('c')).toMatchObject({ unread_count: 3, unread_mentions: 2, first_unread_mention_seq: 1 })
    expect(withRead(state, 'me', 'c', 1).conversations.get('c')).toMatchObject({ unread_mentions: 1, first_unread_mention_seq: 3 })
    expect(withRead(state, 'me', 'c', 3).conversations.get('c')).not.toHaveProperty('unread_mentions')
  })

  test('what one was told of asks for attention as loudly as one wants', () => {
    const now = Date.UTC(2026, 0, 1)
    const with_ = (notifications: 'all' | 'mentions' | 'none', muted_until?: string) =>
      calling(group({ unread_count: 5, unread_mentions: 2, settings: { notifications, pinned: false, archived: false, muted_until } }), now)
    expect([with_('all'), with_('mentions'), with_('none'), with_('all', '9999-01-01T00:00:00.000Z')]).toEqual([5, 2, 0, 0])
  })

  test('let one do only what the server says', () => {
    expect(can(group({ my_permissions: ['send', 'invite'] }), 'invite')).toBe(true)
    expect(can(group({ my_permissions: ['send', 'invite'] }), 'delete')).toBe(false)
    expect(can(group(), 'send')).toBe(false)
  })
})

test('the state built from events equals the state fetched afresh', () => {
  type Event = { send: 'me' | 'peer' | 'system'; calls?: 'me' | 'all' | 'bo' } | { read: number } | { receipt: true } | { view: true }
  const events = fc.array(
    fc.oneof(
      fc.record({ send: fc.constantFrom<'me' | 'peer' | 'system'>('me', 'peer', 'system') }),
      fc.record({ send: fc.constant<'peer'>('peer'), calls: fc.constantFrom<'me' | 'all' | 'bo'>('me', 'all', 'bo') }),
      fc.record({ read: fc.nat(60) }),
      fc.constant({ receipt: true as const }),
      fc.constant({ view: true as const }),
    ),
    { maxLength: 60 },
  )
  fc.assert(
    fc.property(events, (list: Event[]) => {
      const log: Message[] = []
      const server = { read: 0, peerRead: 0 }
      const view = () => {
        const wrote = log.findLast((own) => own.sender_id === 'me')?.seq ?? 0
        const unread = log.filter((one) => one.type === 'text' && one.seq > server.read && one.seq > wrote)
        const calls = unread.filter((one) => one.mentions_all === true || one.mentions?.includes('me'))
        return conversation(log.length, {
          unread_count: unread.length,
          ...(unread[0] === undefined ? {} : { first_unread_seq: unread[0].seq }),
          ...(calls[0] === undefined ? {} : { unread_mentions: calls.length, first_unread_mention_seq: calls[0].seq }),
          my_read_seq: server.read,
          peer_read_seq: server.peerRead,
          peer_delivered_seq: server.peerRead,
          updated_at: log.at(-1)?.created_at ?? conversation(0).updated_at,
          ...(log.length > 0 ? { last_message: log.at(-1) } : {}),
        })
      }
      let state = start()
      for (const event of list) {
        if ('send' in event) {
          const calls = event.calls === undefined ? {} : event.calls === 'all' ? { mentions_all: true } : { mentions: [event.calls] }
          const sent = message(log.length + 1, event.send === 'system' ? { type: 'system', sender_id: undefined } : { sender_id: event.send, ...calls })
          log.push(sent)
          state = withAppended(state, 'me', 'c', [sent])
        } else if ('read' in event) {
          server.read = Math.max(server.read, Math.min(event.read, log.length))
          state = withRead(state, 'me', 'c', server.read)
        } else if ('receipt' in event) {
          server.peerRead = log.length
          state = withReceipt(state, 'me', { conversation_id: 'c', user_id: 'peer', delivered_seq: log.length, read_seq: log.length })
        } else state = withConversations(state, [view()])
      }
      expect({ ...state.conversations.get('c'), my_delivered_seq: 0 }).toEqual({ ...view(), my_delivered_seq: 0 })
      expect(seqs(state)).toEqual(log.map((one) => one.seq))
    }),
  )
})
