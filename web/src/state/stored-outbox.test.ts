import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { beforeEach, expect, test } from 'vitest'
import type { OutboxEntry } from '../protocol/outbox-store'
import { openDatabase } from './database'
import { Drafts } from './drafts'
import { StoredOutbox } from './stored-outbox'

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory()
})

const entry = (id: string, writtenAt: number): OutboxEntry => ({ clientMessageId: id, conversationId: 'c', content: id, writtenAt })

/** The outbox of one tab, while the named others are open. */
const outboxOf = (own: string, ...others: string[]) =>
  new StoredOutbox(openDatabase('ada'), { own, others: () => Promise.resolve(new Set(others)) })

test('texts come back in the order of writing, as they were', async () => {
  const outbox = outboxOf('a')
  const failed = { ...entry('third', 3), failure: { code: 'forbidden' as const, detail: 'no' } }
  for (const one of [failed, entry('first', 1), entry('second', 2)]) await outbox.put(one)
  await outbox.remove('second')
  expect(await outboxOf('a').load()).toEqual([entry('first', 1), failed])
})

test('the texts of an open tab are left to it, those of a closed one taken over once', async () => {
  await outboxOf('open').put(entry('hers', 1))
  await outboxOf('gone').put(entry('orphan', 2))
  const [b, c] = await Promise.all([outboxOf('b', 'open', 'c').load(), outboxOf('c', 'open', 'b').load()])
  expect([...b, ...c]).toEqual([entry('orphan', 2)])
})

test('people who share a browser do not see each other’s texts', async () => {
  await outboxOf('a').put(entry('secret', 1))
  const bo = new StoredOutbox(openDatabase('bo'), { own: 'b', others: () => Promise.resolve(new Set<string>()) })
  expect(await bo.load()).toEqual([])
})

test('drafts are kept until they are empty', async () => {
  const drafts = new Drafts(openDatabase('ada'))
  await drafts.keep('c', 'half a sen')
  await drafts.keep('d', 'gone')
  await drafts.keep('d', '')
  expect(await new Drafts(openDatabase('ada')).load()).toEqual(new Map([['c', 'half a sen']]))
})
