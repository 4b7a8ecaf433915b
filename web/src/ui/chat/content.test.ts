import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cleanContent, codePoints } from './content'

test('length is counted in code points', () => {
  expect(codePoints('a你👋')).toBe(3)
  const point = fc.oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff })) // no halves of pairs
  fc.assert(fc.property(fc.array(point), (points) => codePoints(String.fromCodePoint(...points)) === points.length))
})

test('what nobody can see is not sent, line breaks and tabs are', () => {
  expect(cleanContent(' a\u0000b\u0007\r\nc\rd\te\u0085 ')).toBe('ab\nc\nd\te')
  expect(cleanContent('\u0000 \n')).toBe('')
})
