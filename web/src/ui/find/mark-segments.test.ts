import fc from 'fast-check'
import { expect, test } from 'vitest'
import { markSegments } from './mark-segments'

const show = (content: string, highlights: [number, number][]) =>
  markSegments(content, highlights).map(({ text, marked }) => (marked ? `[${text}]` : text)).join('')

test.each<[string, [number, number][], string]>([
  ['the backup ran', [[4, 10]], 'the [backup] ran'],
  ['👋🏽 备份 done, 备份 again', [[3, 5], [12, 14]], '👋🏽 [备份] done, [备份] again'],
  ['<b>backup</b>', [[3, 9]], '<b>[backup]</b>'],
  ['nothing', [], 'nothing'],
  ['out of place', [[3, 3], [8, 99]], 'out of p[lace]'],
  ['overlaps', [[0, 4], [2, 6]], '[over]laps'],
])('%s', (content, highlights, expected) => {
  expect(show(content, highlights)).toBe(expected)
})

test('of a long message the piece around the first match is shown', () => {
  const text = `${'a'.repeat(500)}needle${'b'.repeat(500)}`
  const shown = show(text, [[500, 506]])
  expect(shown).toMatch(/^…a{40}\[needle\]b+…$/)
  expect(shown.length).toBeLessThan(240)
  expect(show(text, [[1000, 1006]])).toMatch(/^…b+\[b{6}\]$/)
})

test('whatever the spans are, the letters stay in their order', () => {
  const spans = fc.array(fc.tuple(fc.nat(30), fc.nat(30)), { maxLength: 6 })
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), spans, (content, highlights) => {
      expect(markSegments(content, highlights).map(({ text }) => text).join('')).toBe(content)
    }),
  )
})
