import { expect, test } from 'vitest'
import { accessibilityProblems, freshName, makeAccount, openPage, openTab, pageOf, password, signIn, url } from './kit'

test('a new person creates an account and stays signed in over a reload', async () => {
  const page = await openPage()
  await page.getByRole('button', { name: 'Create an account' }).click()
  await page.getByLabel('Username').fill(freshName('new'))
  await page.getByLabel('Display name').fill('New Person')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Create account', exact: true }).click()
  await page.getByRole('heading', { name: 'No conversations yet' }).waitFor()
  await page.reload()
  await page.getByRole('heading', { name: 'No conversations yet' }).waitFor()
  expect(await page.evaluate('document.cookie')).toBe('')
  expect(await accessibilityProblems(page)).toEqual([])
})

test('what is wrong with a field stands beside it', async () => {
  const { username } = await makeAccount('taken', 'Taken')
  const page = await openPage()
  await page.getByRole('button', { name: 'Create an account' }).click()
  const submit = page.getByRole('button', { name: 'Create account', exact: true })
  const problemOf = async (label: string) => {
    const field = page.getByLabel(label, { exact: true }).and(page.locator('[aria-invalid="true"]'))
    await field.waitFor()
    return page.locator(`[id="${(await field.getAttribute('aria-describedby')) ?? ''}"]`).textContent()
  }

  await submit.click()
  expect(await problemOf('Username')).toBe('This field is required.')
  await page.getByLabel('Username').fill('a b')
  await page.getByLabel('Password', { exact: true }).fill('short')
  await submit.click()
  await page.getByText('Use at least 8 characters.').waitFor()
  expect(await problemOf('Username')).toBe('Use only letters, digits, “_”, “.” and “-”.')

  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await submit.click()
  await page.getByText('This username is taken.').waitFor()
  expect(await problemOf('Username')).toBe('This username is taken.')

  await page.getByLabel('Username').fill(freshName('long'))
  await page.getByLabel('Password', { exact: true }).fill('x'.repeat(73))
  await submit.click()
  await page.getByText('Use at most 72 bytes.').waitFor()
  expect(await accessibilityProblems(page)).toEqual([])
})

test('a wrong password is told without saying what was wrong, and can be typed anew at once', async () => {
  const account = await makeAccount('someone', 'Someone')
  const page = await openPage()
  await page.getByLabel('Username').fill(account.username)
  await page.getByLabel('Password', { exact: true }).fill('not this one')
  await page.keyboard.press('Enter')
  expect(await page.getByRole('alert').textContent()).toBe('Wrong username or password.')
  await page.keyboard.type(password)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Chats' }).waitFor()
})

test('tabs share a session: signing in and out in one does it in all', async () => {
  const account = await makeAccount('tabs', 'Tabs')
  const first = await openPage()
  const second = await openTab(first.context())
  await signIn(first, account)
  await second.getByRole('heading', { name: 'Chats' }).waitFor()
  await Promise.all([first.reload(), second.reload()])
  await first.getByRole('heading', { name: 'Chats' }).waitFor()
  await second.getByRole('heading', { name: 'Chats' }).waitFor()

  await first.bringToFront()
  await first.getByRole('button', { name: 'Settings and account' }).click()
  await first.getByRole('menuitem', { name: 'Sign out' }).click()
  expect(await accessibilityProblems(first)).toEqual([])
  await first.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click()
  await first.getByRole('heading', { name: 'Welcome back' }).waitFor()
  await second.getByRole('heading', { name: 'Welcome back' }).waitFor()
  await second.goto(url)
  await second.getByRole('heading', { name: 'Welcome back' }).waitFor()
})

test('a Chinese browser is spoken to in Chinese, and the choice of a language lasts', async () => {
  const page = await openPage({ locale: 'zh-CN' })
  await page.getByRole('heading', { name: '欢迎回来' }).waitFor()
  expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN')
  await page.getByLabel('语言').selectOption('English')
  await page.getByRole('heading', { name: 'Welcome back' }).waitFor()
  await page.reload()
  await page.getByRole('heading', { name: 'Welcome back' }).waitFor()
  expect(await accessibilityProblems(page)).toEqual([])
})

test('the menu changes language and appearance', async () => {
  const page = await pageOf(await makeAccount('menu', 'Menu'))
  await page.getByRole('button', { name: 'Settings and account' }).click()
  await page.getByRole('menuitemradio', { name: 'Dark' }).click()
  expect(await page.evaluate('getComputedStyle(document.documentElement).colorScheme')).toBe('dark')
  await page.getByRole('menuitemradio', { name: '简体中文' }).click()
  expect(await accessibilityProblems(page)).toEqual([])
  await page.keyboard.press('Escape')
  await page.getByRole('heading', { name: '聊天', exact: true }).waitFor()
})
