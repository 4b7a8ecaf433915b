import { describe, expect, test } from 'vitest'
import { FakeClock, settle } from '../../test/kit/clock'
import { FakeWire } from '../../test/kit/wire'
import { Connection, type ConnectionState } from './connection'
import type { ServerFrame } from './frames'
import { SignedOut, type TokenSource } from './tokens'

function setUp(tokens: Partial<TokenSource> = {}) {
  const clock = new FakeClock()
  const wire = new FakeWire()
  const states: ConnectionState[] = []
  const frames: ServerFrame[] = []
  const connection = new Connection({
    clock,
    random: () => 0.5,
    openSocket: wire.openSocket,
    tokens: { token: () => Promise.resolve('old'), renew: () => Promise.resolve('new'), ...tokens },
    changed: (state) => states.push(state),
    received: (frame) => frames.push(frame),
  })
  const names = () => states.map((state) => state.name)
  const arrive = async () => {
    await settle()
    wire.peer.open()
    wire.peer.hello()
    connection.synced()
  }
  return { clock, wire, states, frames, connection, names, arrive }
}

describe('a connection', () => {
  test('signs in with its first frame and goes live after the sync', async () => {
    const { connection, wire, names, arrive } = setUp()
    connection.start()
    await arrive()
    expect(names()).toEqual(['connecting', 'authenticating', 'syncing', 'live'])
    expect(wire.peer.frames[0]).toMatchObject({ type: 'auth', data: { token: 'old' } })
  })

  test('sends nothing before hello', async () => {
    const { connection, wire } = setUp()
    connection.start()
    await settle()
    wire.peer.open()
    expect(connection.send({ type: 'ping', id: 'p' })).toBe(false)
    wire.peer.hello()
    expect(connection.send({ type: 'ping', id: 'p' })).toBe(true)
  })

  test('waits longer after each failure, never longer than the cap, and starts anew after a good connection', async () => {
    const { connection, wire, clock, states, arrive } = setUp()
    connection.start()
    const delays: number[] = []
    for (let failure = 0; failure < 9; failure++) {
      await settle()
      wire.peer.close(1006)
      const state = states.at(-1)
      if (state?.name !== 'waiting') throw new Error('not waiting')
      delays.push(state.until - clock.now())
      await clock.advance(state.until - clock.now())
    }
    expect(delays).toEqual([250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000])

    await arrive()
    await clock.advance(10_000)
    wire.peer.close(1006)
    expect(states.at(-1)).toMatchObject({ name: 'waiting', until: clock.now() + 250 })
  })

  test('does not take a connection that dies at once for a good one', async () => {
    const { connection, wire, clock, states, arrive } = setUp()
    connection.start()
    for (const delay of [250, 500, 1000]) {
      await arrive()
      wire.peer.close(1006)
      expect(states.at(-1)).toMatchObject({ name: 'waiting', until: clock.now() + delay })
      await clock.advance(delay)
    }
  })

  test('connects at once when woken', async () => {
    const { connection, wire, names } = setUp()
    connection.start()
    await settle()
    wire.peer.close(1006)
    connection.wake()
    expect(names().at(-1)).toBe('connecting')
  })

  test('stays away as long as a closing node asks', async () => {
    const { connection, wire, clock, states, arrive } = setUp()
    connection.start()
    await arrive()
    wire.peer.say({ type: 'session.closing', data: { reason: 'drain', reconnect_after_ms: 3210 } })
    wire.peer.close(4000)
    expect(states.at(-1)).toMatchObject({ name: 'waiting', until: clock.now() + 3210 })
  })

  test('renews a refused token before the next try', async () => {
    const { connection, wire, clock, arrive } = setUp()
    connection.start()
    await arrive()
    wire.peer.close(4401)
    await clock.advance(250)
    wire.peer.open()
    expect(wire.peer.frames[0]).toMatchObject({ data: { token: 'new' } })
  })

  test.each([
    [4501, 'session_revoked'],
    [4502, 'account_closed'],
    [4503, 'protocol_violation'],
    [4504, 'auth_timeout'],
    [4599, 'protocol_violation'],
  ])('stops for good after close code %i', async (code, reason) => {
    const { connection, wire, clock, states, arrive } = setUp()
    connection.start()
    await arrive()
    wire.peer.close(code)
    expect(states.at(-1)).toEqual({ name: 'stopped', reason })
    await clock.advance(3_600_000)
    expect(wire.peers).toHaveLength(1)
  })

  test.each([4000, 4008, 4009, 4029, 4400, 1000, 1001, 1006, 1011, 1012])('comes back after close code %i', async (code) => {
    const { connection, wire, clock, arrive } = setUp()
    connection.start()
    await arrive()
    wire.peer.close(code)
    await clock.advance(6_000)
    expect(wire.peers).toHaveLength(2)
  })

  test('stops when there is no token to be had, retries when it cannot be asked for', async () => {
    let answer: () => Promise<string> = () => Promise.reject(new Error('network'))
    const { connection, clock, states, names } = setUp({ token: () => answer() })
    connection.start()
    await settle()
    expect(names().at(-1)).toBe('waiting')
    answer = () => Promise.reject(new SignedOut())
    await clock.advance(250)
    expect(states.at(-1)).toEqual({ name: 'stopped', reason: 'signed_out' })
  })

  test('gives up on a server that never says hello', async () => {
    const { connection, wire, clock, names } = setUp()
    connection.start()
    await settle()
    wire.peer.open()
    await clock.advance(10_000)
    expect(names().at(-1)).toBe('waiting')
    expect(wire.peer.closed).toBe(true)
  })

  test('asks a silent server for a sign of life and leaves a dead one', async () => {
    const { connection, wire, clock, names, arrive } = setUp()
    connection.start()
    await arrive()
    await clock.advance(30_000)
    expect(wire.peer.sent('ping')).toHaveLength(1)
    wire.peer.say({ type: 'pong', data: {} })
    await clock.advance(30_000)
    expect(wire.peer.sent('ping')).toHaveLength(2)
    await clock.advance(10_000)
    expect(names().at(-1)).toBe('waiting')
  })

  test('takes any frame for a sign of life', async () => {
    const { connection, wire, clock, arrive } = setUp()
    connection.start()
    await arrive()
    for (let i = 0; i < 5; i++) {
      await clock.advance(29_000)
      wire.peer.say({ type: 'conversation.removed', data: { conversation_id: 'x' } })
    }
    expect(wire.peer.sent('ping')).toHaveLength(0)
  })

  test('doubts a live connection when the network changes', async () => {
    const { connection, wire, clock, names, arrive } = setUp()
    connection.start()
    await arrive()
    connection.doubt()
    connection.doubt()
    expect(wire.peer.sent('ping')).toHaveLength(1)
    await clock.advance(2_000)
    expect(names().at(-1)).toBe('waiting')
  })

  test('hears nothing from a socket it has left', async () => {
    const { connection, wire, frames, states, arrive } = setUp()
    connection.start()
    await arrive()
    connection.stop()
    const told = states.length
    connection.synced()
    expect(wire.peer.closed).toBe(true)
    expect(states).toHaveLength(told)
    expect(frames.map((frame) => frame.type)).toEqual(['hello'])
  })

  test('ignores a token that comes after stop()', async () => {
    const { connection, wire } = setUp()
    connection.start()
    connection.stop()
    await settle()
    expect(wire.peers).toHaveLength(0)
  })

  test('prolongs a live session without a new sync', async () => {
    const { connection, wire, names, arrive } = setUp()
    connection.start()
    await arrive()
    connection.reauthenticate('newer')
    wire.peer.hello()
    expect(wire.peer.sent('auth').at(-1)).toMatchObject({ data: { token: 'newer' } })
    expect(names().at(-1)).toBe('live')
  })
})
