import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeFrame } from './frames'

test.each([
  ['no JSON', '{'],
  ['no object', '[]'],
  ['nothing', 'null'],
  ['no type', '{"data":{}}'],
  ['a type of a later server', '{"type":"reaction.new","data":{}}'],
  ['a known type without data', '{"type":"message.new"}'],
])('%s is ignored', (_, text) => {
  expect(decodeFrame(text)).toBeUndefined()
})

test('a pong needs no data', () => {
  expect(decodeFrame('{"type":"pong","re":"1"}')).toEqual({ type: 'pong', re: '1' })
})

test('no text makes it throw', () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => typeof decodeFrame(text) !== 'string'))
})
