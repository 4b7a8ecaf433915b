// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { en } from './en'
import { enPanels } from './en-panels'
import { dayName, daysAgo, shortTime } from './format'
import { detectLanguage } from '.'
import { zhCN } from './zh-cn'
import { zhCNPanels } from './zh-cn-panels'

function texts(node: object, path = ''): [string, string][] {
  return Object.entries(node).flatMap(([key, value]: [string, unknown]) =>
    typeof value === 'string' ? [[path + key, value] satisfies [string, string]] : texts(value as object, `${path}${key}.`),
  )
}

test('both languages say everything, with the same things filled in', () => {
  const holes = (text: string) => (text.match(/\{\{\w+\}\}/g) ?? []).sort()
  const english = texts({ ...en, ...enPanels })
  const chinese = new Map(texts({ ...zhCN, ...zhCNPanels }))
  for (const [key, text] of english) {
    expect([key, holes(chinese.get(key) ?? 'missing')]).toEqual([key, holes(text)])
  }
  expect(chinese.size).toBe(english.length)
})

test.each([
  [['zh-CN', 'en'], 'zh-CN'],
  [['zh-TW'], 'zh-CN'],
  [['de-DE', 'zh-Hans', 'en'], 'zh-CN'],
  [['en-GB', 'zh'], 'en'],
  [['fr-FR'], 'en'],
  [[], 'en'],
])('a browser that prefers %j is spoken to in %s', (preferred, language) => {
  expect(detectLanguage(preferred)).toBe(language)
})

test('days are those of the calendar, not of 24 hours', () => {
  const late = new Date(2026, 2, 28, 23, 59)
  const early = new Date(2026, 2, 29, 0, 1)
  expect(daysAgo(late, early)).toBe(1)
  expect(daysAgo(early, early)).toBe(0)
})

test('a list tells times as shortly as it can', () => {
  const now = new Date(2026, 5, 17, 12)
  const at = (day: number, year = 2026, month = 5) => shortTime('en', new Date(year, month, day, 9, 30), now, 'Yesterday')
  expect(at(17)).toMatch(/9:30/)
  expect([at(16), at(14), at(1), at(1, 2025)]).toEqual(['Yesterday', 'Sun', 'Jun 1', '6/1/25'])
  expect(dayName('en', new Date(2026, 5, 14), now)).toBe('Sunday')
})
