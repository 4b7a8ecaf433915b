import { beforeEach, describe, expect, test } from 'vitest'
import { FakeClock } from '../../test/kit/clock'
import type { ClientFrame } from './frames'
import { Typing, type TypingPeople } from './typing'

let clock: FakeClock
let typing: Typing
let told: boolean[]
let people: TypingPeople

beforeEach(() => {
  clock = new FakeClock()
  told = []
  people = new Map()
  typing = new Typing({ clock, userId: 'me', changed: (now) => (people = now) })
  typing.open((frame: ClientFrame) => {
    if (frame.type === 'typing') told.push(frame.data.on)
    return true
  })
})

const writes = (user: string, seconds = 5) => typing.receive({ conversation_id: 'c', user_id: user, expires_seconds: seconds })

describe('what one writes', () => {
  test('is told at once, then every three seconds at most, however fast one types', async () => {
    for (let key = 0; key < 40; key++) {
      typing.writing('c', true)
      await clock.advance(100)
    }
    expect(told).toEqual([true, true])
  })

  test('is over when one rests, takes it all back, or goes to another conversation', async () => {
    typing.writing('c', true)
    await clock.advance(4_000)
    expect(told).toEqual([true, false])
    typing.writing('c', true)
    typing.writing('c', false)
    typing.writing('c', true)
    typing.writing('d', true)
    expect(told.slice(2)).toEqual([true, false, true, false, true])
  })

  test('needs no end when it was sent', async () => {
    typing.writing('c', true)
    typing.sent('c')
    await clock.advance(10_000)
    expect(told).toEqual([true])
  })

  test('is not told without a connection, nor when it comes back', async () => {
    typing.close()
    typing.writing('c', true)
    await clock.advance(10_000)
    expect(told).toEqual([])
  })
})

describe('what others write', () => {
  test('is shown in the order they began, until their time runs out', async () => {
    writes('ann')
    await clock.advance(2_000)
    writes('bo')
    expect(people.get('c')).toEqual(['ann', 'bo'])
    await clock.advance(3_000)
    expect(people.get('c')).toEqual(['bo'])
    await clock.advance(2_000)
    expect(people.size).toBe(0)
  })

  test('lasts as long as they go on', async () => {
    for (let i = 0; i < 4; i++) {
      writes('ann')
      await clock.advance(3_000)
    }
    expect(people.get('c')).toEqual(['ann'])
  })

  test.each([
    ['they say so', () => writes('ann', 0)],
    ['their message is here', () => typing.wrote('c', 'ann')],
    ['the connection is gone', () => typing.close()],
    ['one is no longer in the conversation', () => typing.forget('c')],
  ])('is over when %s', (_, end) => {
    writes('ann')
    end()
    expect(people.size).toBe(0)
  })

  test('does not show oneself on another device', () => {
    writes('me')
    expect(people.size).toBe(0)
  })
})
