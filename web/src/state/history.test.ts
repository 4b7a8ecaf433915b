import { beforeEach, describe, expect, test } from 'vitest'
import { conversation, messages } from '../../test/kit/objects'
import type { Api } from '../api/http'
import type { Message } from '../protocol/contract'
import { withConversations } from './chat-state'
import { History } from './history'
import { Store } from './store'
import { initialState, type ChatState } from './model'

type Query = { before_seq?: number; after_seq?: number; around_seq?: number; limit: number }

const log = messages(1, 1000)
let asked: Query[]
let broken: boolean
let store: Store<ChatState>
let history: History

function page({ before_seq: before, after_seq: after, around_seq: around, limit }: Query): Message[] {
  if (after !== undefined) return log.filter(({ seq }) => seq > after).slice(0, limit)
  if (around !== undefined) return log.filter(({ seq }) => seq >= around - limit / 2 && seq < around + limit / 2)
  return log.filter(({ seq }) => seq < (before ?? Infinity)).slice(-limit)
}

function open(read: number): void {
  const unread = 1000 - read
  const one = conversation(1000, { my_read_seq: read, unread_count: unread, ...(unread > 0 ? { first_unread_seq: read + 1 } : {}) })
  store.set(withConversations(initialState, [one]))
}

beforeEach(() => {
  asked = []
  broken = false
  store = new Store<ChatState>(initialState)
  const api = {
    GET: (_: string, { params }: { params: { query: Query } }) => {
      asked.push(params.query)
      if (broken) return Promise.reject(new TypeError('no network'))
      return Promise.resolve({ data: { items: page(params.query), next_cursor: null }, response: new Response(null, { status: 200 }) })
    },
  }
  history = new History(api as unknown as Api, store)
})

const ends = (list: readonly Message[] | undefined) => list && [list[0]?.seq, list.at(-1)?.seq]
const window = () => ends(store.get().windows.get('c')?.messages)
const newest = () => ends(store.get().timelines.get('c')?.messages)

describe('a conversation is opened', () => {
  test('at its end, with what is unread and a little before it', async () => {
    open(940)
    await history.loadOlder('c')
    expect([window(), newest()]).toEqual([undefined, [921, 1000]])
  })

  test('where one left off, when more is unread than comes with the end', async () => {
    open(500)
    await history.loadOlder('c')
    expect(window()).toEqual([476, 525])
    await history.toNewest('c')
    expect([window(), newest()]).toEqual([undefined, [951, 1000]])
  })
})

describe('a jump', () => {
  test('shows the message among those around it, and goes on both ways', async () => {
    open(1000)
    await history.loadOlder('c')
    await history.lookAround('c', 300)
    expect([window(), store.get().found]).toEqual([[275, 324], { conversationId: 'c', seq: 300 }])
    await history.loadOlder('c')
    await history.loadNewer('c')
    expect([window(), newest()]).toEqual([[225, 374], [951, 1000]])
  })

  test('to what is held asks nobody', async () => {
    open(1000)
    await history.loadOlder('c')
    await history.lookAround('c', 960)
    expect([asked.length, window(), store.get().found?.seq]).toEqual([1, undefined, 960])
  })

  test('that cannot be made is told, and changes nothing', async () => {
    open(1000)
    await history.loadOlder('c')
    broken = true
    await expect(history.lookAround('c', 300)).rejects.toThrow()
    expect([window(), store.get().found]).toEqual([undefined, undefined])
  })

  test('that goes on without an answer says so, and can be tried again', async () => {
    open(1000)
    await history.lookAround('c', 300)
    broken = true
    await history.loadNewer('c')
    await history.loadOlder('c')
    expect(store.get().windows.get('c')).toMatchObject({ future: 'failed', history: 'failed' })
    broken = false
    await history.loadNewer('c')
    expect(window()).toEqual([275, 374])
  })

  test('is over when one leaves the conversation', async () => {
    open(1000)
    await history.lookAround('c', 300)
    history.leaveWindow('c')
    expect([window(), store.get().found]).toEqual([undefined, undefined])
  })
})
