// Two people chat in two browsers, through the ingress: they sign in, find each
// other, write both ways, and see when it was read.
//
//   node browser.mjs URL ADDRESS FOLDER ADA BO PASSWORD
//
// URL is opened as it is; its host is reached at ADDRESS. Screenshots go to FOLDER.
import { createRequire } from 'node:module'
import { join } from 'node:path'

const [url, address, folder, adaName, boName, password] = process.argv.slice(2)
const require = createRequire(new URL('../../../web/package.json', import.meta.url))
const { chromium } = require('playwright-core')

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    `--host-resolver-rules=MAP ${new URL(url).hostname} ${address}`,
  ],
})
const complaints = []
const pages = new Map()

try {
  const [ada, bo] = [await signIn(adaName), await signIn(boName)]
  await openChat(ada, boName)

  await write(ada, 'Hello from the first browser')
  await bo.getByRole('link', { name: adaName }).click()
  await bubble(bo, 'Hello from the first browser').waitFor()
  await bubble(ada, 'Hello from the first browser').locator('[data-tick="read"]').waitFor()

  await write(bo, '你好 from the second 👋')
  await bubble(ada, '你好 from the second 👋').waitFor()
  await bubble(bo, '你好 from the second 👋').locator('[data-tick="read"]').waitFor()

  if (complaints.length > 0) throw new Error(`the pages complained: ${complaints.join('; ')}`)
  console.log('two messages, both ways, each of them read')
} catch (error) {
  console.error(error)
  process.exitCode = 1
} finally {
  for (const [name, page] of pages) await page.screenshot({ path: join(folder, `${name}.png`) })
  await browser.close()
}

/** A browser of its own, in which this person is signed in. */
async function signIn(name) {
  // The certificate is from an authority that only this run knows.
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 800 }, ignoreHTTPSErrors: true })
  context.setDefaultTimeout(20_000)
  const page = await context.newPage()
  pages.set(name, page)
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) complaints.push(message.text())
  })
  await page.goto(url)
  await page.getByLabel('Username').fill(name)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.screenshot({ path: join(folder, `${name}-sign-in.png`) })
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('heading', { name: 'Chats' }).waitFor()
  return page
}

async function openChat(page, name) {
  await page.getByLabel('Search people and chats').fill(name)
  await page.getByRole('region', { name: 'People' }).getByRole('button', { name }).click()
  await page.getByRole('log', { name }).waitFor()
}

async function write(page, text) {
  const composer = page.getByRole('textbox', { name: 'Message', exact: true })
  await composer.fill(text)
  await composer.press('Enter')
}

function bubble(page, text) {
  return page.getByRole('log').locator('[data-seq]').filter({ hasText: text })
}
