import { expect, test } from 'vitest'
import { accessibilityProblems, bubble, composer, connected, go, makeAccount, makeGroup, pageOf, say } from './kit'

async function harbour() {
  const [ann, bo] = await Promise.all([makeAccount('ann', 'Ann Reed'), makeAccount('bo', 'Bo Li')])
  const group = await makeGroup(ann, 'Harbour watch', [bo], { description: 'Lighthouse and pier' })
  for (let i = 1; i <= 130; i++) {
    const from = i % 2 === 0 ? ann : bo
    const text = i === 10 ? '👋🏽 the lantern is <b>repaired</b>' : i === 70 ? '灯塔的灯已经修好了' : i % 5 === 0 ? `buoy number ${i}` : `line ${i}`
    await say(from, group.id, text)
  }
  return { ann, bo, group }
}

test('messages are found by their words, and shown where they were said', async () => {
  const { ann, group } = await harbour()
  const page = await pageOf(ann)
  await connected(page)
  await go(page, `#/c/${group.id}`)
  await bubble(page, 'line 129').waitFor()
  await page.getByRole('link', { name: 'Search this conversation' }).click()
  const words = page.getByLabel('Words to find')
  await words.fill('lantern')
  const hit = page.getByRole('list', { name: 'Messages found' }).getByRole('button')
  await hit.getByText('<b>repaired</b>').waitFor()
  expect(await hit.locator('mark').allTextContents()).toEqual(['lantern'])
  expect(await accessibilityProblems(page)).toEqual([])
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  const found = page.getByRole('log').locator('[data-found]')
  await found.getByText('the lantern is').waitFor()
  expect(await found.isVisible()).toBe(true)

  // Down from there, the log goes on to the newest without a gap.
  await page.getByRole('log').hover()
  const newest = bubble(page, 'line 129')
  while ((await newest.count()) === 0) await page.mouse.wheel(0, 600)
  const seqs = await page.getByRole('log').locator('[data-seq]').evaluateAll((rows) => rows.map((row) => Number(row.getAttribute('data-seq'))))
  expect(seqs).toEqual(seqs.map((_, i) => (seqs[0] ?? 0) + i))

  await words.fill('灯塔')
  await hit.getByText('灯塔').waitFor()
  expect(await hit.locator('mark').allTextContents()).toEqual(['灯塔'])
})

test('results are narrowed, paged, and their absence is explained', async () => {
  const { ann, bo, group } = await harbour()
  const page = await pageOf(ann)
  await go(page, `#/c/${group.id}/search`)
  const words = page.getByLabel('Words to find')
  const hits = page.getByRole('list', { name: 'Messages found' }).getByRole('button')
  await words.fill('灯')
  await page.getByText('type two characters or more').waitFor()
  await words.fill('buoy')
  await page.getByText('20+ messages').waitFor()
  await page.getByRole('button', { name: 'Show more' }).click()
  await page.getByText('24 messages').waitFor()
  expect(await hits.count()).toBe(24)
  await page.getByLabel('By', { exact: true }).fill(bo.username)
  await page.getByRole('list', { name: 'Members' }).getByRole('button', { name: 'Bo Li' }).click()
  await page.getByText('13 messages').waitFor()
  expect(await accessibilityProblems(page)).toEqual([])
  await page.getByLabel('From', { exact: true }).fill('2001-01-02')
  await page.getByLabel('To', { exact: true }).fill('2001-01-01')
  await page.getByText('The first day is after the last.').waitFor()
  await page.getByLabel('From', { exact: true }).fill('2001-01-01')
  await page.getByText('Nothing found for “buoy”.').waitFor()
  await page.getByLabel('To', { exact: true }).fill('')
  await page.getByText('13 messages').waitFor()
})

test('a search that takes too long, or finds no server, says so and can be tried again', async () => {
  const { ann, group } = await harbour()
  const page = await pageOf(ann)
  await go(page, `#/c/${group.id}/search`)
  let answer: 'slow' | 'none' | 'real' = 'slow'
  await page.route(/messages\/search/, async (route) => {
    if (answer === 'none') return route.abort()
    if (answer === 'real') return route.continue()
    const body = JSON.stringify({ type: 'about:blank', title: 'slow', status: 503, detail: 'slow', code: 'search_timeout', request_id: 'r' })
    return route.fulfill({ status: 503, contentType: 'application/problem+json', body })
  })
  await page.getByLabel('Words to find').fill('buoy')
  await page.getByText('The search took too long.').waitFor()
  expect(await accessibilityProblems(page)).toEqual([])
  answer = 'none'
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('The server cannot be reached.').waitFor()
  answer = 'real'
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('20+ messages').waitFor()
})

test('groups are found in the list by name, description and member', async () => {
  const { ann, bo } = await harbour()
  const page = await pageOf(ann)
  await connected(page)
  const chats = page.getByRole('region', { name: 'Chats' })
  for (const query of ['harbour', 'lighthouse', bo.username]) {
    await page.getByLabel('Search people and chats').fill(query)
    await chats.getByRole('link', { name: /Harbour watch/ }).waitFor()
  }
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await composer(page).waitFor()
})

test('on a phone the search takes the place of the chat, and a result leads back to it', async () => {
  const { ann, group } = await harbour()
  const page = await pageOf(ann, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
  await go(page, `#/c/${group.id}/search`)
  await page.getByLabel('Words to find').fill('lantern')
  expect(await page.getByRole('log').count()).toBe(0)
  await page.getByRole('list', { name: 'Messages found' }).getByRole('button').click()
  await page.getByRole('log').locator('[data-found]').getByText('the lantern is').waitFor()
  expect(await accessibilityProblems(page)).toEqual([])
})
