import { expect, test } from 'vitest'
import { accessibilityProblems, bubble, composer, connected, findAndOpen, makeAccount, pageOf, write } from './kit'

test('what is written offline waits, says so, survives a reload, and is sent once and in order', async () => {
  const [ada, bo] = await Promise.all([makeAccount('ada', 'Ada Lovelace'), makeAccount('bo', 'Bo Li')])
  const [adaPage, boPage] = await Promise.all([pageOf(ada), pageOf(bo)])
  await findAndOpen(adaPage, bo)
  await findAndOpen(boPage, ada)
  await write(adaPage, 'before')
  await bubble(boPage, 'before').waitFor()

  await adaPage.context().setOffline(true)
  for (const text of ['first', 'second', 'third']) await write(adaPage, text)
  await adaPage.getByText('You are offline. 3 messages are waiting to be sent.').waitFor({ timeout: 30_000 })
  expect(await bubble(adaPage, 'third').locator('[data-tick="waiting"]').count()).toBe(1)
  expect(await accessibilityProblems(adaPage)).toEqual([])
  await write(boPage, 'are you there?')
  await bubble(boPage, 'are you there?').and(boPage.locator('[data-seq]')).waitFor()

  await adaPage.context().setOffline(false)
  await connected(adaPage)
  await bubble(boPage, 'third').waitFor()
  await bubble(adaPage, 'third').and(adaPage.locator('[data-seq]')).waitFor()
  for (const page of [adaPage, boPage]) {
    const texts = await page.getByRole('log').locator('[data-seq] [dir="auto"]').allTextContents()
    expect(texts).toEqual(['before', 'are you there?', 'first', 'second', 'third'])
  }
})

test('a text that was waiting when the tab closed is sent at the next visit', async () => {
  const [ada, bo] = await Promise.all([makeAccount('ada', 'Ada Lovelace'), makeAccount('bo', 'Bo Li')])
  const [adaPage, boPage] = await Promise.all([pageOf(ada), pageOf(bo)])
  await findAndOpen(adaPage, bo)
  await findAndOpen(boPage, ada)
  await adaPage.context().setOffline(true)
  await write(adaPage, 'left behind')
  await adaPage.getByText('1 message is waiting to be sent.').waitFor({ timeout: 30_000 })
  const next = await adaPage.context().newPage()
  await adaPage.close()
  await adaPage.context().setOffline(false)
  await next.goto(adaPage.url())
  await composer(next).waitFor()
  await bubble(boPage, 'left behind').waitFor()
  await bubble(next, 'left behind').and(next.locator('[data-seq]')).waitFor()
  expect(await bubble(boPage, 'left behind').count()).toBe(1)
})
