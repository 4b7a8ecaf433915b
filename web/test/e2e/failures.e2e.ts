import { expect, test } from 'vitest'
import type { ClientFrame, ServerFrame } from '../../src/protocol/frames'
import { accessibilityProblems, bubble, composer, connected, findAndOpen, makeAccount, openConversation, openPage, pageOf, request, signIn, write } from './kit'

const twoPeople = () => Promise.all([makeAccount('ada', 'Ada Lovelace'), makeAccount('bo', 'Bo Li')])

test('a refused text stays, says why, and can be tried again or deleted', async () => {
  const [ada, bo] = await twoPeople()
  const page = await openPage()
  let refuse = true
  await page.routeWebSocket(/\/ws$/, (socket) => {
    const server = socket.connectToServer()
    socket.onMessage((text) => {
      const frame = JSON.parse(String(text)) as ClientFrame
      if (!refuse || frame.type !== 'message.send') return server.send(text)
      const error: ServerFrame = { type: 'error', re: frame.id, data: { code: 'forbidden', detail: 'no', retryable: false } }
      socket.send(JSON.stringify(error))
    })
  })
  await signIn(page, ada)
  await findAndOpen(page, bo)
  await write(page, 'first')
  await write(page, 'second')
  await page.getByText('Not sent. You are not allowed to do this.').nth(1).waitFor()
  expect(await accessibilityProblems(page)).toEqual([])
  await page.reload()
  await bubble(page, 'second').getByText('Not sent. You are not allowed to do this.').waitFor()

  refuse = false
  await connected(page)
  await bubble(page, 'second').getByRole('button', { name: 'Delete' }).click()
  await bubble(page, 'first').getByRole('button', { name: 'Try again' }).click()
  await bubble(page, 'first').and(page.locator('[data-seq]')).waitFor()
  expect(await bubble(page, 'second').count()).toBe(0)
})

test('a connection that is cut in the middle of a burst loses and doubles nothing', async () => {
  const [ada, bo] = await twoPeople()
  const page = await openPage()
  let acks = 0
  await page.routeWebSocket(/\/ws$/, (socket) => {
    const server = socket.connectToServer()
    server.onMessage((text) => {
      // Every fifth ack is lost together with its connection.
      if ((JSON.parse(String(text)) as ServerFrame).type === 'message.ack' && ++acks % 5 === 0) {
        void server.close()
        void socket.close({ code: 4000 })
      } else socket.send(text)
    })
  })
  await signIn(page, ada)
  await findAndOpen(page, bo)
  const texts = Array.from({ length: 20 }, (_, i) => `number ${i + 10}.`)
  for (const text of texts) await write(page, text)
  await bubble(page, 'number 29.').and(page.locator('[data-seq]')).waitFor({ timeout: 30_000 })
  const reader = await pageOf(bo)
  await reader.getByRole('link', { name: 'Ada Lovelace' }).click()
  await bubble(reader, 'number 29.').waitFor()
  for (const side of [page, reader]) {
    expect(await side.getByRole('log').locator('[data-seq] [dir="auto"]').allTextContents()).toEqual(texts)
  }
})

test('a revoked session leads to the way in, and says so', async () => {
  const ada = await makeAccount('ada', 'Ada Lovelace')
  const page = await openPage()
  let revoke: (() => void) | undefined
  await page.routeWebSocket(/\/ws$/, (socket) => {
    socket.connectToServer()
    revoke = () => void socket.close({ code: 4501 })
  })
  await signIn(page, ada)
  await connected(page)
  revoke?.()
  await page.getByText('Your session has ended. Please sign in again.').waitFor()
  expect(await accessibilityProblems(page)).toEqual([])
})

test('a list or a history that cannot be loaded says so and can be tried again', async () => {
  const [ada, bo] = await twoPeople()
  const { id } = await openConversation(ada, bo)
  await request('POST', `/api/conversations/${id}/messages`, { client_msg_id: crypto.randomUUID(), content: 'hello' }, bo.token)
  const page = await openPage()
  const list = /\/api\/conversations\?/
  const history = /\/messages\?/
  await page.route(list, (route) => route.abort())
  await page.route(history, (route) => route.fulfill({ status: 503, body: 'down' }))
  await signIn(page, ada)
  await page.getByText('Your conversations could not be loaded.').waitFor()
  expect(await accessibilityProblems(page)).toEqual([])
  await page.unroute(list)
  await page.getByRole('link', { name: 'Bo Li' }).click()
  await page.getByText('Older messages could not be loaded.').waitFor()
  await page.unroute(history)
  await page.getByRole('button', { name: 'Try again' }).click()
  await bubble(page, 'hello').waitFor()
})

test('a search that fails can be tried again', async () => {
  const [ada, bo] = await twoPeople()
  const page = await pageOf(ada)
  const people = /\/api\/users\?/
  await page.route(people, (route) => route.abort())
  await page.getByLabel('Search people and chats').fill(bo.username)
  await page.getByText('The search failed.').waitFor()
  await page.unroute(people)
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('button', { name: 'Bo Li' }).click()
  await composer(page).waitFor()
})
