import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest'
import type { Conversation, MessageAck, TokenResponse } from '../../src/protocol/contract'

export const url = inject('url')
export const password = 'correct horse battery'
export const screenshots = process.env.SCREENSHOTS ?? 'test-results/screenshots'

let browser: Browser
const contexts: BrowserContext[] = []
/** What pages complained about: CSP violations and uncaught errors. Tests end with none. */
let complaints: string[] = []

beforeAll(async () => {
  await mkdir(screenshots, { recursive: true })
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
})

afterEach(async () => {
  await Promise.all(contexts.splice(0).map((context) => context.close()))
  const heard = complaints
  complaints = []
  expect(heard).toEqual([])
})

afterAll(() => browser.close())

export async function openPage(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 800 }, ...options })
  context.setDefaultTimeout(15_000)
  contexts.push(context)
  return openTab(context)
}

/** One more tab of the same browser. */
export async function openTab(context: BrowserContext): Promise<Page> {
  const page = await context.newPage()
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) complaints.push(message.text())
  })
  await page.goto(url)
  return page
}

/** A name that no other run has used. */
export function freshName(base: string): string {
  return `${base}-${randomBytes(4).toString('hex')}`
}

export interface Account {
  username: string
  displayName: string
  id: string
  token: string
}

/** An account made without a browser. */
export async function makeAccount(base: string, displayName: string): Promise<Account> {
  const username = freshName(base)
  const body = { username, password, display_name: displayName }
  const { user, access_token: token } = await request<TokenResponse>('POST', '/api/auth/register', body)
  return { username, displayName, id: user.id, token }
}

export async function request<T>(method: string, path: string, body: unknown, token?: string): Promise<T> {
  const headers = { 'Content-Type': 'application/json', ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }) }
  const response = await fetch(url + path, { method, headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  return (response.status === 204 ? undefined : await response.json()) as T
}

export async function openConversation(from: Account, to: Account): Promise<Conversation> {
  return request<Conversation>('POST', '/api/conversations', { user_id: to.id }, from.token)
}

/** A group made without a browser. */
export async function makeGroup(owner: Account, name: string, members: readonly Account[], with_: object = {}): Promise<Conversation> {
  return request<Conversation>('POST', '/api/conversations/group', { name, member_ids: members.map(({ id }) => id), ...with_ }, owner.token)
}

export async function say(from: Account, conversationId: string, content: string): Promise<MessageAck> {
  return request<MessageAck>('POST', `/api/conversations/${conversationId}/messages`, { client_msg_id: crypto.randomUUID(), content }, from.token)
}

/** Goes to a screen of the page. */
export async function go(page: Page, hash: string): Promise<void> {
  await page.goto(`${page.url().split('#')[0] ?? ''}${hash}`)
}

export async function signIn(page: Page, account: Account): Promise<void> {
  await page.getByLabel('Username').fill(account.username)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('heading', { name: 'Chats' }).waitFor()
}

/** A page on which this account is signed in. */
export async function pageOf(account: Account, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await openPage(options)
  await signIn(page, account)
  return page
}

/** Opens the chat with somebody through the search. */
export async function findAndOpen(page: Page, account: Account): Promise<void> {
  await page.getByLabel('Search people and chats').fill(account.username)
  await page.getByRole('region', { name: 'People' }).getByRole('button', { name: account.displayName }).click()
  await page.getByRole('log', { name: account.displayName }).waitFor()
}

export function composer(page: Page) {
  return page.getByRole('textbox', { name: 'Message', exact: true })
}

export async function write(page: Page, text: string): Promise<void> {
  await composer(page).fill(text)
  await composer(page).press('Enter')
}

/** The bubble with this text. */
export function bubble(page: Page, text: string) {
  return page.getByRole('log').locator('[data-seq], [data-pending]').filter({ hasText: text })
}

export async function connected(page: Page): Promise<void> {
  await page.locator('[data-connection="live"]').waitFor({ state: 'attached' })
}

const axeSource = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

interface AxeViolation {
  id: string
  nodes: { target: string[]; failureSummary: string }[]
}

// What is still fading in has no colours to judge yet; what pulses for ever is not waited for.
const settled = `Promise.all(document.getAnimations()
  .filter((animation) => animation.effect.getComputedTiming().iterations !== Infinity)
  .map((animation) => animation.finished.catch(() => undefined)))`

/** What axe finds against WCAG 2.2 A and AA. Runs in an isolated world, which the page's CSP does not bind. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  const { readFile } = await import('node:fs/promises')
  const session = await page.context().newCDPSession(page)
  const { frameTree } = await session.send('Page.getFrameTree')
  const { executionContextId: contextId } = await session.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id, worldName: 'axe' })
  await session.send('Runtime.evaluate', { contextId, expression: await readFile(axeSource, 'utf8') })
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
  const run = `axe.run(document, ${JSON.stringify({ runOnly: tags })}).then((result) => JSON.stringify(result.violations))`
  const expression = `${settled}.then(() => ${run})`
  const { result } = await session.send('Runtime.evaluate', { contextId, expression, awaitPromise: true })
  await session.detach()
  const violations = JSON.parse(String(result.value)) as AxeViolation[]
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id} ${node.target.join(' ')}: ${node.failureSummary}`))
}
