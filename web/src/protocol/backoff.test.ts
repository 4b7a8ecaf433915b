import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fullJitter } from './backoff'

test('a delay is between nothing and the smaller of the cap and the doubled base', () => {
  fc.assert(
    fc.property(fc.nat(2000), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
      const delay = fullJitter(attempt, () => random, { base: 500, cap: 30_000 })
      expect(delay).toBeGreaterThanOrEqual(0)
      expect(delay).toBeLessThanOrEqual(Math.min(30_000, 500 * 2 ** attempt))
    }),
  )
})
