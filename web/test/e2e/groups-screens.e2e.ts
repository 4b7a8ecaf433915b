import type { BrowserContextOptions, Page } from 'playwright-core'
import { beforeAll, describe, test } from 'vitest'
import type { Conversation } from '../../src/protocol/contract'
import { bubble, composer, connected, go, makeAccount, makeGroup, openPage, pageOf, password, request, say, screenshots, type Account } from './kit'

/** A group that looks like one, for pictures to be looked at. */
async function furnish() {
  const people = await Promise.all(
    [['ada', 'Ada Lovelace'], ['mei', '陈美玲'], ['sam', 'Samuel Okafor'], ['ines', 'Inês Carvalho'], ['yuki', '山田 雪'], ['lars', 'Lars Holm'], ['priya', 'Priya Nair'], ['otto', 'Otto Lang']].map(
      ([base = '', name = '']) => makeAccount(base, name),
    ),
  )
  const [ada, mei, sam, ines, yuki, lars] = people as [Account, Account, Account, Account, Account, Account, ...Account[]]
  const group = await makeGroup(ada, 'Release crew', people.slice(1), { description: 'Ships every second Tuesday. 每隔一周的周二发布。' })
  await request('PATCH', `/api/conversations/${group.id}/members/${sam.id}`, { role: 'admin' }, ada.token)
  await say(ines, group.id, 'Good morning! The notes for 2.4 are up for review.')
  await say(ines, group.id, 'Two things are open: the screenshots, and the paragraph on backups.')
  await say(mei, group.id, '截图我来做，今天下午给大家 👍')
  await say(sam, group.id, `@${ada.username} can you take the backups? You know what the LAST VERIFIED column really says.`)
  await say(ada, group.id, 'Sure. It says that the backup was restored into a scratch database, counted and compared, so that is what I shall write.')
  await say(yuki, group.id, '了解です！')
  await say(lars, group.id, 'Rollout starts at 14:00. @all please keep the release branch still until then.')
  await say(sam, group.id, `Thanks @${lars.username}, will do.`)
  const team = await makeGroup(mei, '周末登山', [ada, yuki])
  await say(mei, team.id, '周六早上七点在南门集合')
  for (const one of [ada, ines, mei]) await request('POST', `/api/conversations/${group.id}/read`, { seq: 9 }, one.token)
  return { ada, mei, sam, lars, group, team }
}

const desktop = { viewport: { width: 1280, height: 800 } }
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 }
const looks: [string, BrowserContextOptions][] = [
  ['desktop-light', { ...desktop, colorScheme: 'light' }],
  ['desktop-dark-zh', { ...desktop, colorScheme: 'dark', locale: 'zh-CN' }],
  ['phone-light-zh', { ...phone, colorScheme: 'light', locale: 'zh-CN' }],
  ['phone-dark', { ...phone, colorScheme: 'dark' }],
]

let scene: Awaited<ReturnType<typeof furnish>>
beforeAll(async () => {
  scene = await furnish()
})

async function signedIn(account: Account, options: BrowserContextOptions): Promise<Page> {
  if (options.locale !== 'zh-CN') return pageOf(account, options)
  const page = await openPage(options)
  await page.getByLabel('用户名').fill(account.username)
  await page.getByLabel('密码', { exact: true }).fill(password)
  await page.getByRole('button', { name: '登录', exact: true }).click()
  return page
}

describe.each(looks)('pictures of groups: %s', (look, options) => {
  const take = (page: Page, name: string) => page.screenshot({ path: `${screenshots}/group-${name}-${look}.png`, animations: 'disabled' })
  const say_ = (english: string, chinese: string) => (options.locale === 'zh-CN' ? chinese : english)

  test('the list, the chat, a call and who has read it', async () => {
    const page = await signedIn(scene.ada, options)
    await connected(page)
    await take(page, 'list')
    await go(page, `#/c/${scene.group.id}`)
    await bubble(page, 'will do').waitFor()
    await take(page, 'chat')
    const box = page.getByRole('textbox', { name: say_('Message', '消息'), exact: true })
    await box.fill(say_('Who tests it? @', '谁来测试？@'))
    await page.getByRole('option').first().waitFor()
    await take(page, 'mention')
    await box.fill('')
    await bubble(page, 'scratch database').getByRole('button').click()
    await page.locator('[data-receipt]').first().waitFor()
    await take(page, 'receipts')
  })

  test('the group, its people and its invitations', async () => {
    const page = await signedIn(scene.ada, options)
    await connected(page)
    await request('POST', `/api/conversations/${scene.group.id}/invitations`, { max_uses: 10 }, scene.ada.token)
    await go(page, `#/c/${scene.group.id}/info`)
    await page.locator('[data-invitation]').first().waitFor()
    await take(page, 'info')
    await page.locator('[data-invitation]').first().scrollIntoViewIfNeeded()
    await page.getByRole('button', { name: say_('Make a link', '创建链接') }).click()
    await page.getByRole('combobox').last().scrollIntoViewIfNeeded()
    await take(page, 'invitations')
    await page.locator(`[data-member="${scene.sam.username}"]`).getByRole('button').click()
    await take(page, 'member-menu')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: say_('Add people', '添加成员') }).click()
    await makeAccount('nora', 'Nora Berg')
    await page.getByRole('dialog').getByRole('textbox').fill('Nora')
    await page.getByRole('checkbox').first().waitFor()
    await take(page, 'add')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: say_('Edit', '编辑') }).click()
    await take(page, 'edit')
  })

  test('a new group, an invitation, and the search', async () => {
    const page = await signedIn(scene.ada, options)
    await connected(page)
    await go(page, '#/new')
    const picker = page.getByLabel(say_('Search people by name', '按名字搜索'))
    await picker.fill('Lars')
    await page.getByRole('checkbox').first().click()
    await picker.fill('Otto')
    await page.getByRole('checkbox', { name: 'Otto Lang' }).first().click()
    await picker.fill('')
    await take(page, 'new')
    await go(page, `#/c/${scene.group.id}/search`)
    await page.getByLabel(say_('Words to find', '要查找的内容')).fill('backup')
    await page.locator('[data-hit]').first().waitFor()
    await take(page, 'search')
    const invitation = await request<{ code: string }>('POST', `/api/conversations/${scene.team.id}/invitations`, {}, scene.mei.token)
    const stranger = await signedIn(await makeAccount('new', 'New Person'), options)
    await go(stranger, `#/join/${invitation.code}`)
    await stranger.getByRole('heading', { name: '周末登山' }).waitFor()
    await take(stranger, 'join')
  })

  test('typing, a menu and an end', async () => {
    const short: Conversation = await makeGroup(scene.mei, say_('Lunch', '午饭'), [scene.ada, scene.lars])
    const [page, other] = await Promise.all([signedIn(scene.ada, options), pageOf(scene.mei)])
    await connected(page)
    await connected(other)
    await go(page, `#/c/${short.id}`)
    await go(other, `#/c/${short.id}`)
    await composer(other).pressSequentially('n')
    await page.locator('[data-typing]').waitFor()
    await take(page, 'typing')
    await page.locator('section header').getByRole('button').click()
    await take(page, 'menu')
    await page.keyboard.press('Escape')
    await request('DELETE', `/api/conversations/${short.id}/members/${scene.ada.id}`, undefined, scene.mei.token)
    await page.getByText(say_('You are no longer in', '你已不在')).waitFor()
    await take(page, 'gone')
  })
})
