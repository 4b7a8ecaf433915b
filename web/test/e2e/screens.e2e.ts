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

  test('an arranged list, a menu, a block and the settings', async () => {
    const [me, one, two, three] = await Promise.all([makeAccount('me', 'Mira Sørensen'), makeAccount('one', 'Otto Lang'), makeAccount('two', '林小雨'), makeAccount('three', 'Priya Nair')])
    for (const [from, content, settings] of [
      [one, 'Shall we?', { pinned: true, archived: false, notifications: 'all' }],
      [two, '收到，谢谢！', { pinned: false, archived: false, notifications: 'none' }],
      [three, 'Old news', { pinned: false, archived: true, notifications: 'all' }],
    ] as const) {
      const { id } = await openConversation(me, from)
      await request('POST', `/api/conversations/${id}/messages`, { client_msg_id: crypto.randomUUID(), content }, from.token)
      await request('PUT', `/api/conversations/${id}/settings`, settings, me.token)
    }
    const other = await pageOf(one)
    await connected(other)
    for (const locale of ['en-GB', 'zh-CN']) {
      const chinese = locale === 'zh-CN'
      const page = await openPage({ ...options, locale })
      await page.getByLabel(chinese ? '用户名' : 'Username').fill(me.username)
      await page.getByLabel(chinese ? '密码' : 'Password', { exact: true }).fill('correct horse battery')
      await page.getByRole('button', { name: chinese ? '登录' : 'Sign in', exact: true }).click()
      await connected(page)
      await page.locator('[data-online]').waitFor()
      await take(page, `arranged-${locale}`)
      await page.getByRole('link', { name: 'Otto Lang' }).click({ button: 'right' })
      await take(page, `row-menu-${locale}`)
      await page.keyboard.press('Escape')
      await page.goto(`${page.url().split('#')[0] ?? ''}#/settings`)
      await page.getByRole('switch').first().waitFor()
      await take(page, `settings-${locale}`)
      for (const [index, name] of ['privacy', 'devices', 'delete'].entries()) {
        await page.locator('main section section').nth(index * 2 + 1).scrollIntoViewIfNeeded()
        await take(page, `settings-${name}-${locale}`)
      }
      await page.locator('main section section').last().getByRole('button').click()
      await take(page, `delete-${locale}`)
      await page.keyboard.press('Escape')
      if (chinese) continue
      await request('PUT', `/api/blocks/${two.id}`, undefined, me.token)
      await page.reload()
      await page.goto(`${page.url().split('#')[0] ?? ''}#/`)
      await page.getByRole('link', { name: '林小雨' }).click()
      await page.getByText('You have blocked').waitFor()
      await take(page, 'blocked')
    }
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
