import { expect, test } from 'vitest'
import type { ClientFrame, ServerFrame } from '../../src/protocol/frames'
import { accessibilityProblems, bubble, composer, connected, findAndOpen, makeAccount, openConversation, openPage, pageOf, request, signIn, write } from './kit'

async function threePeople() {
  const [ada, bo, cy] = await Promise.all([makeAccount('ada', 'Ada Lovelace'), makeAccount('bo', 'Bo Li'), makeAccount('cy', 'Cy Young')])
  const withBo = await openConversation(ada, bo)
  const withCy = await openConversation(ada, cy)
  const say = (from: typeof ada, id: string, content: string) =>
    request('POST', `/api/conversations/${id}/messages`, { client_msg_id: crypto.randomUUID(), content }, from.token)
  await say(bo, withBo.id, 'from Bo')
  await say(cy, withCy.id, 'from Cy')
  return { ada, bo, cy, withBo, withCy, say }
}

test('one sees who is online, and when somebody leaves', async () => {
  const { ada, bo } = await threePeople()
  const page = await pageOf(ada)
  await connected(page)
  await page.getByRole('link', { name: 'Bo Li' }).click()
  const other = await pageOf(bo)
  await connected(other)
  await page.locator('[data-presence="online"]').waitFor()
  await page.getByRole('link', { name: 'Bo Li online' }).waitFor()
  expect(await accessibilityProblems(page)).toEqual([])
  await other.context().close()
  await page.getByText('last seen just now').waitFor({ timeout: 30_000 })
})

test('a conversation is pinned, muted and archived by keyboard, on all devices', async () => {
  const { ada, bo, withBo, say } = await threePeople()
  const [page, second] = await Promise.all([pageOf(ada), pageOf(ada)])
  await Promise.all([connected(page), connected(second)])
  const rows = page.getByRole('list', { name: 'All conversations' }).getByRole('link')
  const choose = async (item: string) => {
    await page.getByRole('button', { name: 'Options for Bo Li' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: item }).waitFor()
    if (item === 'Pin') expect(await accessibilityProblems(page)).toEqual([])
    const at = page.locator('[role="menuitem"][data-highlighted]').filter({ hasText: item })
    await page.keyboard.press('Home')
    while ((await at.count()) === 0) await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('menu').waitFor({ state: 'detached' })
  }
  expect(await rows.first().textContent()).toContain('Cy Young')
  await choose('Pin')
  await page.getByRole('link', { name: /Bo Li.*Pinned/ }).waitFor()
  expect(await rows.first().textContent()).toContain('Bo Li')
  await second.getByRole('link', { name: /Bo Li.*Pinned/ }).waitFor()
  expect(await page.title()).toBe('(2) UIM')

  await choose('Until I turn it off')
  await page.getByRole('link', { name: /Bo Li.*Muted/ }).waitFor()
  await page.waitForFunction(() => document.title === '(1) UIM')

  await choose('Archive')
  await page.getByRole('button', { name: 'Archived' }).waitFor()
  await page.getByRole('link', { name: 'Bo Li' }).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Archived' }).click()
  await page.getByRole('link', { name: 'Bo Li' }).waitFor()
  expect(await accessibilityProblems(page)).toEqual([])
  await choose('Unmute')
  await say(bo, withBo.id, 'news')
  await page.getByRole('list', { name: 'All conversations' }).getByRole('link', { name: 'Bo Li' }).waitFor()
})

test('only what is unread is shown on request, and marked as read from the list', async () => {
  const { ada } = await threePeople()
  const page = await pageOf(ada)
  await connected(page)
  await page.getByRole('button', { name: 'Unread', exact: true }).click()
  const cy = page.getByRole('list', { name: 'Unread conversations' }).getByRole('link', { name: 'Cy Young' })
  await cy.click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Mark as read' }).click()
  await cy.waitFor({ state: 'detached' })
  await page.getByRole('link', { name: 'Bo Li' }).waitFor()
  expect(await accessibilityProblems(page)).toEqual([])
})

test('a change that the server does not take is taken back, and said', async () => {
  const { ada } = await threePeople()
  const page = await pageOf(ada)
  await connected(page)
  await page.route(/\/settings$/, (route) => route.abort())
  await page.getByRole('link', { name: 'Bo Li' }).click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Pin' }).click()
  await page.getByRole('alert').getByText('The server cannot be reached.').waitFor()
  await page.getByRole('link', { name: /Bo Li.*Pinned/ }).waitFor({ state: 'detached' })
})

test('a blocked person can be unblocked where one would write', async () => {
  const { ada, bo } = await threePeople()
  const page = await pageOf(ada)
  await connected(page)
  await page.getByRole('link', { name: 'Bo Li' }).click()
  const options = page.locator('header').getByRole('button', { name: 'Options for Bo Li' })
  await options.click()
  await page.getByRole('menuitem', { name: 'Block Bo Li' }).click()
  expect(await accessibilityProblems(page)).toEqual([])
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  expect(await options.evaluate((button) => button === document.activeElement)).toBe(true)
  await options.click()
  await page.getByRole('menuitem', { name: 'Block Bo Li' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Block' }).click()
  await page.getByText('You have blocked Bo Li.').waitFor()
  expect(await accessibilityProblems(page)).toEqual([])

  const other = await pageOf(bo)
  await other.getByRole('link', { name: 'Ada Lovelace' }).click()
  await write(other, 'hello?')
  await bubble(other, 'hello?').getByText('Not sent. You cannot write to this person.').waitFor()

  await page.getByRole('button', { name: 'Unblock' }).click()
  await composer(page).waitFor()
  await bubble(other, 'hello?').getByRole('button', { name: 'Try again' }).click()
  await bubble(page, 'hello?').waitFor()
})

test('the rate limit is a wait, not an error', async () => {
  const [ada, bo] = await Promise.all([makeAccount('ada', 'Ada Lovelace'), makeAccount('bo', 'Bo Li')])
  const page = await openPage()
  let refusals = 1
  await page.routeWebSocket(/\/ws$/, (socket) => {
    const server = socket.connectToServer()
    socket.onMessage((text) => {
      const frame = JSON.parse(String(text)) as ClientFrame
      if (frame.type !== 'message.send' || refusals-- <= 0) return server.send(text)
      const error: ServerFrame = { type: 'error', re: frame.id, data: { code: 'rate_limited', detail: 'no', retryable: true, retry_after_ms: 3000 } }
      socket.send(JSON.stringify(error))
    })
  })
  await signIn(page, ada)
  await findAndOpen(page, bo)
  await write(page, 'first')
  await page.getByText(/The rest is sent in \d seconds?\./).waitFor()
  await write(page, 'second')
  expect(await bubble(page, 'first').locator('[data-tick="waiting"]').count()).toBe(1)
  expect(await accessibilityProblems(page)).toEqual([])
  await bubble(page, 'second').and(page.locator('[data-seq]')).waitFor()
  expect(await page.getByRole('log').locator('[data-seq] [dir="auto"]').allTextContents()).toEqual(['first', 'second'])
})

test('an account that was closed elsewhere leads to the way in, and says so', async () => {
  const ada = await makeAccount('ada', 'Ada Lovelace')
  const page = await openPage()
  let end: (() => void) | undefined
  await page.routeWebSocket(/\/ws$/, (socket) => {
    socket.connectToServer()
    end = () => void socket.close({ code: 4502 })
  })
  await signIn(page, ada)
  await connected(page)
  end?.()
  await page.getByText('This account has been closed.').waitFor()
})
