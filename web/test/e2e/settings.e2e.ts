import { expect, test } from 'vitest'
import { accessibilityProblems, connected, freshName, makeAccount, openConversation, openPage, pageOf, password, request, signIn, url, type Account } from './kit'

const openSettings = async (account: Account) => {
  const page = await pageOf(account)
  await connected(page)
  await page.getByRole('button', { name: 'Settings and account' }).click()
  await page.getByRole('menuitem', { name: 'Settings' }).click()
  await page.getByRole('heading', { name: 'Settings', exact: true }).waitFor()
  return page
}

test('a profile is changed, with errors at their fields, and others see it', async () => {
  const [ada, bo] = await Promise.all([makeAccount('ada', 'Ada Lovelace'), makeAccount('bo', 'Bo Li')])
  await openConversation(ada, bo)
  const other = await pageOf(bo)
  await connected(other)
  const page = await openSettings(ada)
  expect(await accessibilityProblems(page)).toEqual([])
  const profile = page.getByRole('region', { name: 'Profile' })
  await profile.getByLabel('Picture').fill('http://example.com/me.png')
  await profile.getByRole('button', { name: 'Save' }).click()
  await profile.getByText('Enter an address that begins with https://.').waitFor()
  expect(await profile.getByLabel('Picture').evaluate((input) => input === document.activeElement)).toBe(true)
  expect(await accessibilityProblems(page)).toEqual([])
  await profile.getByLabel('Picture').fill('')
  await profile.getByLabel('Display name').fill('Ada King')
  await profile.getByLabel('E-mail').fill(`${freshName('ada')}@example.com`)
  await profile.getByRole('button', { name: 'Save' }).click()
  await profile.getByText('Saved.').waitFor()
  await profile.getByText('Ada King').waitFor()
  await other.getByRole('link', { name: 'Ada King' }).waitFor()
})

test('privacy switches stay as they were put', async () => {
  const page = await openSettings(await makeAccount('ada', 'Ada Lovelace'))
  const receipts = page.getByRole('switch', { name: 'Read receipts' })
  await receipts.focus()
  const saved = page.waitForResponse((response) => response.request().method() === 'PATCH')
  await page.keyboard.press('Space')
  await saved
  expect(await receipts.isChecked()).toBe(false)
  await page.reload()
  await connected(page)
  expect(await page.getByRole('switch', { name: 'Read receipts' }).isChecked()).toBe(false)
  expect(await page.getByRole('switch', { name: 'Typing' }).isChecked()).toBe(true)
})

test('a password is changed only with the present one, and not to a common one', async () => {
  const ada = await makeAccount('ada', 'Ada Lovelace')
  const page = await openSettings(ada)
  const card = page.getByRole('region', { name: 'Password' })
  const change = async (current: string, next: string) => {
    await card.getByLabel('Current password').fill(current)
    await card.getByLabel('New password').fill(next)
    await card.getByRole('button', { name: 'Change password' }).click()
  }
  await change('not my password', 'a very new password')
  await card.getByText('This is not your password.').waitFor()
  await change(password, 'password')
  await card.getByText('This password is too common.').waitFor()
  await change(password, 'a very new password')
  await card.getByText('Changed. Your other devices are signed out.').waitFor()
  expect(await card.getByLabel('New password').inputValue()).toBe('')
  await request('POST', '/api/auth/login', { username: ada.username, password: 'a very new password' })
})

test('another device is signed out from here', async () => {
  const ada = await makeAccount('ada', 'Ada Lovelace')
  const other = await pageOf(ada)
  await connected(other)
  const page = await openSettings(ada)
  const devices = page.getByRole('region', { name: 'Devices' })
  await devices.getByText('This device').waitFor()
  await devices.getByRole('button', { name: 'Sign out all other devices' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await devices.getByRole('listitem').nth(1).waitFor({ state: 'detached' }) // the list is asked for again
  expect(await devices.getByRole('listitem').count()).toBe(1)
  expect(await accessibilityProblems(page)).toEqual([])
  if (process.env.UIM_URL !== undefined) await other.getByText('Your session has ended. Please sign in again.').waitFor()
})

test('an account is deleted with its password, and others can only read', async () => {
  const [ada, bo] = await Promise.all([makeAccount('ada', 'Ada Lovelace'), makeAccount('bo', 'Bo Li')])
  const { id } = await openConversation(ada, bo)
  await request('POST', `/api/conversations/${id}/messages`, { client_msg_id: crypto.randomUUID(), content: 'goodbye' }, ada.token)
  const page = await openSettings(ada)
  await page.getByRole('button', { name: 'Delete account…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Password', { exact: true }).fill('wrong password')
  await dialog.getByRole('button', { name: 'Delete for good' }).click()
  await dialog.getByText('This is not your password.').waitFor()
  expect(await accessibilityProblems(page)).toEqual([])
  await dialog.getByLabel('Password', { exact: true }).fill(password)
  await dialog.getByRole('button', { name: 'Delete for good' }).click()
  await page.getByText('This account has been closed.').waitFor()
  const other = await pageOf(bo)
  await other.getByRole('link', { name: 'Deleted user' }).click()
  await other.getByText('This person has deleted their account.').waitFor()
  expect(await other.getByRole('textbox', { name: 'Message', exact: true }).count()).toBe(0)
  expect(await accessibilityProblems(other)).toEqual([])
})

test('the settings are a page of their own, also on a phone', async () => {
  const ada = await makeAccount('ada', 'Ada Lovelace')
  const page = await openPage({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
  await signIn(page, ada)
  await page.goto(`${url}/#/settings`)
  await page.getByRole('heading', { name: 'Settings', exact: true }).waitFor()
  expect(await accessibilityProblems(page)).toEqual([])
  await page.getByRole('link', { name: 'Back to the list' }).click()
  await page.getByRole('heading', { name: 'Chats' }).waitFor()
})
