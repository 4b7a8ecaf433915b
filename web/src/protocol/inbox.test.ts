import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FakeClock } from '../../test/kit/clock'
import { conversation, message, messages } from '../../test/kit/objects'
import type { Message } from './contract'
import { Inbox } from './inbox'

function setUp(log: Message[] = []) {
  const clock = new FakeClock()
  const appended: number[] = []
  const restarts: number[][] = []
  const fetches: number[] = []
  const unknown: string[] = []
  let failing = false
  const inbox = new Inbox({
    clock,
    random: () => 0.5,
    unknown: (id) => unknown.push(id),
    fetchAfter: (_, seq) => {
      fetches.push(seq)
      if (failing) return Promise.reject(new Error('network'))
      return Promise.resolve(log.filter((m) => m.seq > seq).slice(0, 100))
    },
    sink: {
      append: (_, batch) => appended.push(...batch.map((m) => m.seq)),
      restart: (_, batch) => restarts.push(batch.map((m) => m.seq)),
    },
  })
  const fail = (value: boolean) => (failing = value)
  return { clock, inbox, appended, restarts, fetches, unknown, fail }
}

const range = (from: number, to: number) => messages(from, to).map((m) => m.seq)

describe('the seq rule', () => {
  test('the next message is applied, an older one dropped', () => {
    const { inbox, appended } = setUp()
    inbox.learn(conversation(4))
    for (const seq of [5, 5, 4, 1, 6]) inbox.receive(message(seq))
    expect(appended).toEqual([5, 6])
  })

  test('a gap that closes by itself costs no request', async () => {
    const { inbox, appended, clock, fetches } = setUp()
    inbox.learn(conversation(0))
    inbox.receive(message(2))
    inbox.receive(message(3))
    await clock.advance(50)
    expect(appended).toEqual([])
    inbox.receive(message(1))
    await clock.advance(60_000)
    expect(appended).toEqual([1, 2, 3])
    expect(fetches).toEqual([])
  })

  test('before an acknowledged message the one of somebody else is waited for a little longer', async () => {
    const { inbox, appended, clock, fetches } = setUp()
    inbox.learn(conversation(0))
    inbox.acknowledged(message(2, { sender_id: 'me' }))
    await clock.advance(250)
    inbox.receive(message(1))
    await clock.advance(60_000)
    expect([appended, fetches]).toEqual([[1, 2], []])
  })

  test('a gap before an acknowledged message that stays is fetched', async () => {
    const { inbox, appended, clock } = setUp(messages(1, 2))
    inbox.learn(conversation(0))
    inbox.acknowledged(message(2, { sender_id: 'me' }))
    await clock.advance(400)
    expect(appended).toEqual([1, 2])
  })

  test('a gap that stays is fetched, page after page', async () => {
    const { inbox, appended, clock, fetches } = setUp(messages(1, 250))
    inbox.learn(conversation(0))
    inbox.receive(message(250))
    await clock.advance(1000)
    expect(appended).toEqual(range(1, 250))
    expect(fetches).toEqual([0, 100, 200])
  })

  test('a fetch that fails is tried again, less and less often', async () => {
    const { inbox, appended, clock, fetches, fail } = setUp(messages(1, 3))
    inbox.learn(conversation(0))
    fail(true)
    inbox.receive(message(3))
    await clock.advance(60_000)
    expect(fetches.length).toBeGreaterThan(3)
    expect(fetches.length).toBeLessThan(12)
    fail(false)
    await clock.advance(60_000)
    expect(appended).toEqual([1, 2, 3])
  })

  test('nothing is fetched while there is no connection', async () => {
    const { inbox, clock, fetches } = setUp(messages(1, 3))
    inbox.learn(conversation(0))
    inbox.receive(message(3))
    inbox.pause()
    await clock.advance(60_000)
    expect(fetches).toEqual([])
  })

  test('a head further on is fetched', async () => {
    const { inbox, appended, clock } = setUp(messages(1, 3))
    inbox.learn(conversation(1))
    inbox.learn(conversation(3))
    await clock.advance(1000)
    expect(appended).toEqual([2, 3])
  })

  test('a message of an unknown conversation is reported', () => {
    const { inbox, unknown, appended } = setUp()
    inbox.receive(message(1))
    expect(unknown).toEqual(['c'])
    expect(appended).toEqual([])
  })

  test('whatever is doubled, delayed or lost on the way, everything is applied once and in order', async () => {
    const arrivals = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 120 })
    await fc.assert(
      fc.asyncProperty(arrivals, async (seqs) => {
        const { inbox, appended, clock } = setUp(messages(1, 40))
        inbox.learn(conversation(0))
        for (const seq of seqs) {
          inbox.receive(message(seq))
          if (seq % 7 === 0) await clock.advance(90)
        }
        await clock.advance(5000)
        expect(appended).toEqual(range(1, appended.length))
        expect(appended.length).toBeGreaterThanOrEqual(Math.max(0, ...seqs))
      }),
      { numRuns: 60 },
    )
  })
})

describe('a sync page', () => {
  test('continues what is known', () => {
    const { inbox, appended } = setUp()
    inbox.learn(conversation(2))
    inbox.sync({ conversations: [conversation(5)], messages: messages(1, 5), removed_ids: [], has_more: false })
    expect(appended).toEqual([3, 4, 5])
  })

  test('starts again at the newest when too much was missed', () => {
    const { inbox, appended, restarts } = setUp()
    inbox.learn(conversation(2))
    inbox.sync({ conversations: [conversation(300)], messages: messages(201, 300), removed_ids: [], has_more: false })
    inbox.receive(message(301))
    expect(restarts).toEqual([range(201, 300)])
    expect(appended).toEqual([301])
  })

  test('brings conversations that were unknown, with or without messages', () => {
    const { inbox, appended, restarts } = setUp()
    const quiet = conversation(9, { id: 'quiet' })
    inbox.sync({ conversations: [conversation(2), quiet], messages: messages(1, 2), removed_ids: [], has_more: false })
    inbox.receive(message(10, { conversation_id: 'quiet' }))
    expect(restarts).toEqual([[1, 2]])
    expect(appended).toEqual([10])
  })

  test('overtaken by live messages changes nothing', () => {
    const { inbox, appended } = setUp()
    inbox.learn(conversation(0))
    for (const m of messages(1, 3)) inbox.receive(m)
    inbox.sync({ conversations: [conversation(2)], messages: messages(1, 2), removed_ids: [], has_more: false })
    expect(appended).toEqual([1, 2, 3])
  })

  test('forgets what one was removed from', () => {
    const { inbox } = setUp()
    inbox.learn(conversation(3))
    inbox.sync({ conversations: [], messages: [], removed_ids: ['c'], has_more: false })
    expect(inbox.known(200)).toEqual([])
  })
})

test('the sync request names the most recently active conversations', () => {
  const { inbox } = setUp()
  inbox.learn(conversation(1, { id: 'old', updated_at: '2025-01-01T00:00:00.000Z' }))
  inbox.learn(conversation(2, { id: 'new', updated_at: '2026-01-01T00:00:00.000Z' }))
  inbox.learn(conversation(3, { id: 'mid', updated_at: '2025-06-01T00:00:00.000Z' }))
  inbox.receive(message(2, { conversation_id: 'old', created_at: '2026-02-01T00:00:00.000Z' }))
  expect(inbox.known(2)).toEqual([
    { conversation_id: 'old', seq: 2 },
    { conversation_id: 'new', seq: 2 },
  ])
})
