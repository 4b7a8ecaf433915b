import type { BrowserContextOptions, Page } from 'playwright-core'
import { beforeAll, describe, test } from 'vitest'
import { bubble, composer, connected, findAndOpen, makeAccount, openConversation, openPage, pageOf, request, screenshots, write, type Account } from './kit'

/** A chat that looks like one, for pictures to be looked at. */
async function furnish() {
  const people = await Promise.all(
    [['ada', 'Ada Lovelace'], ['mei', '陈美玲'], ['sam', 'Samuel Okafor'], ['ines', 'Inês Carvalho'], ['ops', 'Night Watch'], ['yuki', '山田 雪'], ['lars', 'Lars Holm']].map(
      ([base = '', name = '']) => makeAccount(base, name),
    ),
  )
  const [ada, mei, sam, ines, ops, yuki, lars] = people as [Account, Account, Account, Account, Account, Account, Account]
  const say = async (from: Account, to: Account, ...texts: string[]) => {
    const { id } = await openConversation(from, to)
    for (const content of texts) await request('POST', `/api/conversations/${id}/messages`, { client_msg_id: crypto.randomUUID(), content }, from.token)
    return id
  }
  await say(lars, ada, 'The slides are on the shared drive.')
  await say(ops, ada, 'Backup of uim-prod verified, 41 s.')
  await say(ada, yuki, '明日の会議は10時からで大丈夫ですか？')
  await say(ines, ada, 'Can you have a look at the release notes before lunch?', 'No rush!')
  await say(sam, ada, 'Morning! Did the upgrade go through last night?')
  await say(ada, sam, 'It did 🎉', 'Two pods were replaced while people were chatting, and nobody noticed a thing. I watched the reconnects: 300 ms at most, every message in its place.')
  await say(sam, ada, 'Lovely.', 'Here is the write-up from the last one, worth comparing: https://example.com/notes/rollout-2026-01')
  const withMei = await say(mei, ada, '早上好！昨晚的升级顺利吗？', '我这边一切正常 👍')
  await request('POST', `/api/conversations/${(await openConversation(ada, sam)).id}/read`, { seq: 5 }, ada.token)
  await request('POST', `/api/conversations/${(await openConversation(ada, sam)).id}/read`, { seq: 5 }, sam.token)
  return { ada, mei, sam, withMei }
}

const desktop = { viewport: { width: 1280, height: 800 } }
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 }
const looks: [string, BrowserContextOptions][] = [
  ['desktop-light', { ...desktop, colorScheme: 'light' }],
  ['desktop-dark', { ...desktop, colorScheme: 'dark' }],
  ['phone-light', { ...phone, colorScheme: 'light' }],
  ['phone-dark', { ...phone, colorScheme: 'dark' }],
]

let scene: Awaited<ReturnType<typeof furnish>>
beforeAll(async () => {
  scene = await furnish()
})

describe.each(looks)('pictures: %s', (look, options) => {
  const take = (page: Page, name: string) => page.screenshot({ path: `${screenshots}/${name}-${look}.png`, animations: 'disabled' })

  test('signing in and creating an account', async () => {
    const page = await openPage(options)
    await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor()
    await take(page, 'sign-in')
    await page.getByRole('button', { name: 'Create an account' }).click()
    await page.getByLabel('Username').fill('a b')
    await page.getByLabel('Password', { exact: true }).fill('short')
    await page.getByRole('button', { name: 'Create account', exact: true }).click()
    await page.getByText('Use at least 8 characters.').waitFor()
    await take(page, 'register-errors')
  })

  test('list, chat, offline, search and menu', async () => {
    const page = await pageOf(scene.ada, options)
    await connected(page)
    await take(page, 'list')
    await page.getByRole('link', { name: 'Samuel Okafor' }).click()
    await bubble(page, 'write-up').waitFor()
    await composer(page).fill('Reading it now, thanks!')
    await take(page, 'chat')
    await page.context().setOffline(true)
    await composer(page).press('Enter')
    await page.getByText('1 message is waiting to be sent.').waitFor({ timeout: 30_000 })
    await take(page, 'offline')
    await page.context().setOffline(false)
    await connected(page)
    await page.goto(`${page.url().split('#')[0] ?? ''}#/`)
    await page.getByRole('button', { name: 'Settings and account' }).click()
    await take(page, 'menu')
    await page.keyboard.press('Escape')
    await page.getByLabel('Search people and chats').fill('sam')
    await page.getByRole('region', { name: 'People' }).getByRole('button').first().waitFor()
    await take(page, 'search')
  })

  test('somebody new', async () => {
    const page = await pageOf(await makeAccount('new', 'New Person'), options)
    await page.getByRole('heading', { name: 'No conversations yet' }).waitFor()
    await take(page, 'empty')
    await findAndOpen(page, scene.mei)
    await write(page, '你好！')
    await bubble(page, '你好！').and(page.locator('[data-seq]')).waitFor()
    await take(page, 'first-message')
  })

  test('in Chinese, with unread messages', async () => {
    const reader = await makeAccount('reader', '读者')
    const { id } = await openConversation(scene.mei, reader)
    for (const content of ['早上好！昨晚的升级顺利吗？', '我这边一切正常 👍', '有空的时候看看新的仪表盘：https://example.com/grafana']) {
      await request('POST', `/api/conversations/${id}/messages`, { client_msg_id: crypto.randomUUID(), content }, scene.mei.token)
    }
    const page = await openPage({ ...options, locale: 'zh-CN' })
    await page.getByLabel('用户名').fill(reader.username)
    await page.getByLabel('密码', { exact: true }).fill('correct horse battery')
    await page.getByRole('button', { name: '登录', exact: true }).click()
    await page.getByRole('link', { name: '陈美玲' }).click()
    await bubble(page, '仪表盘').waitFor()
    await take(page, 'chinese')
  })
})
