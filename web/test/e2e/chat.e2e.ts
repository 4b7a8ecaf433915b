import { expect, test } from 'vitest'
import { accessibilityProblems, bubble, composer, connected, findAndOpen, makeAccount, openConversation, pageOf, request, write } from './kit'

async function twoPeople() {
  const [ada, bo] = await Promise.all([makeAccount('ada', 'Ada Lovelace'), makeAccount('bo', 'Bo Li')])
  return { ada, bo }
}

test('two people find each other and chat both ways, with ticks and unread counts', async () => {
  const { ada, bo } = await twoPeople()
  const [adaPage, boPage] = await Promise.all([pageOf(ada), pageOf(bo)])
  await connected(boPage)
  await findAndOpen(adaPage, bo)
  expect(await accessibilityProblems(adaPage)).toEqual([])

  await write(adaPage, 'Hello Bo')
  await bubble(adaPage, 'Hello Bo').locator('[data-tick="delivered"]').waitFor()
  const row = boPage.getByRole('link', { name: 'Ada Lovelace' })
  await row.getByText('1 unread message').waitFor()
  expect(await boPage.title()).toBe('(1) UIM')
  expect(await accessibilityProblems(boPage)).toEqual([])

  await row.click()
  await bubble(boPage, 'Hello Bo').waitFor()
  await bubble(adaPage, 'Hello Bo').locator('[data-tick="read"]').waitFor()
  await row.getByText('1 unread message').waitFor({ state: 'detached' })

  await write(boPage, '你好，Ada 👋')
  await bubble(adaPage, '你好，Ada 👋').waitFor()
  await bubble(boPage, '你好，Ada 👋').locator('[data-tick="read"]').waitFor()
  expect(await accessibilityProblems(boPage)).toEqual([])
})

test('a burst arrives complete, once and in order', async () => {
  const { ada, bo } = await twoPeople()
  const { id } = await openConversation(ada, bo)
  const [adaPage, boPage] = await Promise.all([pageOf(ada), pageOf(bo)])
  const texts = Array.from({ length: 30 }, (_, i) => `number ${i + 10}.`)
  for (const page of [adaPage, boPage]) await page.goto(`${page.url().split('#')[0] ?? ''}#/c/${id}`)
  await composer(boPage).waitFor()
  for (const text of texts) await write(adaPage, text)
  await bubble(boPage, 'number 39.').waitFor()
  await bubble(adaPage, 'number 39.').and(adaPage.locator('[data-seq]')).waitFor()
  for (const page of [adaPage, boPage]) {
    const shown = await page.getByRole('log').locator('[data-seq] [dir="auto"]').allTextContents()
    expect(shown).toEqual(texts)
  }
})

test('text stays text: markup is shown, only safe links can be followed', async () => {
  const { ada, bo } = await twoPeople()
  const page = await pageOf(ada)
  await findAndOpen(page, bo)
  const markup = '<img src=x onerror="document.title=1"> <b>bold</b>'
  await write(page, markup)
  await write(page, 'see https://example.com/a(b)?x=1. or javascript:alert(1)')
  await bubble(page, markup).and(page.locator('[data-seq]')).waitFor()
  const links = bubble(page, 'see https').getByRole('link')
  await links.waitFor()
  expect(await links.count()).toBe(1)
  expect(await links.getAttribute('href')).toBe('https://example.com/a(b)?x=1')
  expect(await links.getAttribute('rel')).toContain('noopener')
  expect(await page.getByRole('log').locator('img, b').count()).toBe(0)
})

test('Shift + Enter makes a new line, and a draft waits in its conversation', async () => {
  const { ada, bo } = await twoPeople()
  const cy = await makeAccount('cy', 'Cy Young')
  const page = await pageOf(ada)
  await findAndOpen(page, cy)
  await findAndOpen(page, bo)
  await composer(page).fill('first line')
  await composer(page).press('Shift+Enter')
  await composer(page).pressSequentially('second line')
  await page.getByRole('link', { name: 'Cy Young' }).click()
  await page.getByRole('log', { name: 'Cy Young' }).waitFor()
  expect(await composer(page).inputValue()).toBe('')
  await page.getByRole('link', { name: 'Bo Li' }).getByText('Draft:').waitFor()
  await page.reload()
  await page.getByRole('link', { name: 'Bo Li' }).click()
  await page.getByRole('log', { name: 'Bo Li' }).waitFor()
  expect(await composer(page).inputValue()).toBe('first line\nsecond line')
  await composer(page).press('Enter')
  await bubble(page, 'first line').and(page.locator('[data-seq]')).waitFor()
})

test('a text that is too long is counted and not sent', async () => {
  const { ada, bo } = await twoPeople()
  const page = await pageOf(ada)
  await findAndOpen(page, bo)
  await composer(page).fill('👋'.repeat(9_500))
  await page.getByText('500 characters left').waitFor()
  await composer(page).fill('👋'.repeat(10_001))
  await page.getByText('1 character too many').waitFor()
  await composer(page).press('Enter')
  expect(await page.getByRole('log').locator('[data-pending], [data-seq]').count()).toBe(0)
  await composer(page).fill('👋'.repeat(10_000))
  await composer(page).press('Enter')
  await page.getByRole('log').locator('[data-seq]').waitFor()
})

test('long history is paged upwards without a jump, and one gets back to the newest', async () => {
  const { ada, bo } = await twoPeople()
  const { id } = await openConversation(ada, bo)
  for (let i = 1; i <= 90; i++) {
    const from = i % 2 === 0 ? ada : bo
    const body = { client_msg_id: crypto.randomUUID(), content: `line ${i} ${'word '.repeat(i % 17)}` }
    await request('POST', `/api/conversations/${id}/messages`, body, from.token)
  }
  await request('POST', `/api/conversations/${id}/read`, { seq: 90 }, bo.token)
  const page = await pageOf(bo)
  await page.getByRole('link', { name: 'Ada Lovelace' }).click()
  await bubble(page, 'line 90').waitFor()

  // The next page is held back until one has scrolled to the top of the first.
  let release: (() => void) | undefined
  const held = new Promise<void>((resolve) => (release = resolve))
  await page.route(/before_seq=/, async (route) => {
    await held
    await route.continue()
  })
  const log = page.getByRole('log')
  const atTop = () => log.evaluate((view) => view.scrollTop === 0)
  await log.hover()
  while (!(await atTop())) await page.mouse.wheel(0, -400)
  const topmost = await log.locator('[data-seq]').first().getAttribute('data-seq')
  expect(Number(topmost)).toBeGreaterThan(1)
  const seen = log.locator(`[data-seq="${topmost ?? ''}"]`)
  const place = () => seen.evaluate((row) => row.getBoundingClientRect().top)
  const before = await place()
  release?.()
  await page.locator('[data-seq="1"]').waitFor({ state: 'attached' })
  expect(Math.abs((await place()) - before)).toBeLessThan(2)
  const seqs = await log.locator('[data-seq]').evaluateAll((rows) => rows.map((row) => Number(row.getAttribute('data-seq'))))
  expect(seqs).toEqual(Array.from({ length: 90 }, (_, i) => i + 1))

  const body = { client_msg_id: crypto.randomUUID(), content: 'something new' }
  await request('POST', `/api/conversations/${id}/messages`, body, ada.token)
  const newest = page.getByRole('button', { name: '1 new message, jump to newest' })
  await newest.waitFor()
  expect(Math.abs((await place()) - before)).toBeLessThan(2)
  await newest.click()
  await newest.waitFor({ state: 'detached' })
  await page.getByRole('link', { name: 'Ada Lovelace' }).getByText('unread').waitFor({ state: 'detached' })
})

test('the unread line stands where one left off and stays there', async () => {
  const { ada, bo } = await twoPeople()
  const { id } = await openConversation(ada, bo)
  const say = (content: string) =>
    request('POST', `/api/conversations/${id}/messages`, { client_msg_id: crypto.randomUUID(), content }, ada.token)
  await say('old')
  await request('POST', `/api/conversations/${id}/read`, { seq: 1 }, bo.token)
  for (let i = 1; i <= 40; i++) await say(`unread ${i}`)
  const page = await pageOf(bo)
  await page.getByRole('link', { name: 'Ada Lovelace' }).click()
  const line = page.locator('[data-key="unread"]')
  await line.waitFor()
  expect(await line.isVisible()).toBe(true)
  expect(await line.evaluate((row) => row.nextElementSibling?.getAttribute('data-seq'))).toBe('2')
  await page.getByRole('button', { name: 'jump to newest' }).click()
  await page.getByRole('link', { name: 'Ada Lovelace' }).getByText('unread message').waitFor({ state: 'detached' })
  await say('one more')
  await bubble(page, 'one more').waitFor()
  expect(await line.evaluate((row) => row.nextElementSibling?.getAttribute('data-seq'))).toBe('2')
})
