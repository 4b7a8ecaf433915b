import { describe, expect, test } from 'vitest'
import { Chat } from '../../test/kit/chat'
import { FakeClock } from '../../test/kit/clock'
import type { ClientFrame } from './frames'
import { PresenceWatch } from './presence'

function setUp(wanted: string[]) {
  const clock = new FakeClock()
  const screen = { wanted }
  const told: string[][] = []
  const frames: [string, number][] = []
  const watch = new PresenceWatch({
    clock,
    wanted: () => screen.wanted,
    changed: (known) => told.push([...known.values()].map(({ user_id, status }) => `${user_id} ${status}`)),
  })
  const send = (frame: ClientFrame) => {
    if (frame.type === 'presence.sub' || frame.type === 'presence.unsub') frames.push([frame.type, frame.data.user_ids.length])
    return true
  }
  return { clock, screen, told, frames, watch, send }
}

const people = (count: number) => Array.from({ length: count }, (_, i) => `u${i}`)

describe('watching presence', () => {
  test('asks for those on the screen, then only for those who come and go', async () => {
    const { clock, screen, frames, watch, send } = setUp(['a', 'b'])
    watch.open(send)
    screen.wanted = ['b', 'c', 'd']
    watch.touch()
    watch.touch()
    await clock.advance(1000)
    expect(frames).toEqual([['presence.sub', 2], ['presence.unsub', 1], ['presence.sub', 2]])
  })

  test('is bounded, in frames and as a whole', () => {
    const { frames, watch, send } = setUp(people(1000))
    watch.open(send)
    expect(frames).toEqual([['presence.sub', 200], ['presence.sub', 200]])
  })

  test('tells a burst of answers once', async () => {
    const { clock, told, watch, send } = setUp(['a', 'b'])
    watch.open(send)
    watch.receive({ user_id: 'a', status: 'online' })
    watch.receive({ user_id: 'b', status: 'offline' })
    await clock.advance(100)
    expect(told).toEqual([['a online', 'b offline']])
  })

  test('forgets who left the screen, also when an answer comes late', async () => {
    const { clock, screen, told, watch, send } = setUp(['a'])
    watch.open(send)
    watch.receive({ user_id: 'a', status: 'online' })
    screen.wanted = []
    watch.touch()
    await clock.advance(1000)
    watch.receive({ user_id: 'a', status: 'online' })
    await clock.advance(1000)
    expect(told.at(-1)).toEqual([])
  })
})

test('what is known ends with the connection, and the next one is asked again', async () => {
  const chat = new Chat()
  chat.watched = ['peer']
  await chat.live()
  chat.peer.say({ type: 'presence', data: { user_id: 'peer', status: 'online' } })
  await chat.clock.advance(100)
  expect(chat.presence.get('peer')?.status).toBe('online')
  chat.peer.close(1006)
  expect(chat.presence.size).toBe(0)
  await chat.clock.advance(1000)
  await chat.arrive()
  expect(chat.peer.sent('presence.sub').map(({ data }) => data.user_ids)).toEqual([['peer']])
})
