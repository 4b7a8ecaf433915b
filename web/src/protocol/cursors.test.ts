import { expect, test } from 'vitest'
import { FakeClock } from '../../test/kit/clock'
import { Cursors } from './cursors'
import type { ClientFrame } from './frames'

function setUp() {
  const clock = new FakeClock()
  const sent: string[] = []
  const send = (frame: ClientFrame) => {
    if (frame.type === 'read' || frame.type === 'delivered') sent.push(`${frame.type} ${frame.data.seq}`)
    return true
  }
  return { clock, sent, send, cursors: new Cursors(clock) }
}

test('a burst makes one frame, with the furthest seq', async () => {
  const { clock, sent, send, cursors } = setUp()
  cursors.open(send)
  for (const seq of [1, 3, 2]) cursors.move('delivered', 'c', seq)
  await clock.advance(1000)
  expect(sent).toEqual(['delivered 3'])
})

test('a cursor never goes back', async () => {
  const { clock, sent, send, cursors } = setUp()
  cursors.open(send)
  cursors.move('read', 'c', 5)
  await clock.advance(1000)
  cursors.move('read', 'c', 4)
  cursors.move('read', 'c', 5)
  await clock.advance(1000)
  expect(sent).toEqual(['read 5'])
})

test('what was read needs not be called delivered', async () => {
  const { clock, sent, send, cursors } = setUp()
  cursors.open(send)
  cursors.move('delivered', 'c', 5)
  cursors.move('read', 'c', 5)
  await clock.advance(1000)
  expect(sent).toEqual(['read 5'])
})

test('moves made without a connection are sent with the next', async () => {
  const { clock, sent, send, cursors } = setUp()
  cursors.move('read', 'c', 5)
  await clock.advance(1000)
  expect(sent).toEqual([])
  cursors.open(send)
  await clock.advance(1000)
  expect(sent).toEqual(['read 5'])
})

test('what a dying connection may have swallowed is sent again', async () => {
  const { clock, sent, send, cursors } = setUp()
  cursors.open(send)
  cursors.move('read', 'c', 5)
  await clock.advance(1000)
  cursors.close()
  cursors.open(send)
  await clock.advance(130_000)
  cursors.close()
  cursors.open(send)
  await clock.advance(1000)
  expect(sent).toEqual(['read 5', 'read 5'])
})
