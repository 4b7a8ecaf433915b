import { expect, test } from 'vitest'
import { initials } from './avatar'

test.each([
  ['Ada Lovelace', 'AL'],
  ['ann', 'A'],
  ['first.last', 'FL'],
  ['Harbour & pier watch', 'HP'],
  ['陈美玲', '陈'],
  ['山田 雪', '山'],
  ['🚀 Launch', '🚀L'],
  ['& &', '?'],
  ['', '?'],
])('%s is shown as %s', (name, shown) => {
  expect(initials(name)).toBe(shown)
})
