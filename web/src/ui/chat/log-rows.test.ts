import { expect, test } from 'vitest'
import { message, messages } from '../../../test/kit/objects'
import type { Pending } from '../../protocol/outbox'
import { logRows, type LogRow } from './log-rows'

const show = (rows: LogRow[]) =>
  rows.map((row) => {
    if (row.kind === 'message' || row.kind === 'pending') {
      const what = row.kind === 'message' ? String(row.message.seq) : row.pending.content
      return `${row.first ? '[' : ''}${what}${row.last ? ']' : ''}`
    }
    return row.kind
  })

const rowsOf = (input: Partial<Parameters<typeof logRows>[0]>) =>
  show(logRows({ messages: [], pending: [], me: 'me', unreadAfter: undefined, ...input }))

const pending = (content: string, writtenAt: number): Pending => ({
  clientMessageId: content,
  conversationId: 'c',
  content,
  writtenAt,
  state: 'waiting',
})

test('bubbles of one person in a few minutes are one run', () => {
  const late = message(4, { created_at: message(40).created_at })
  expect(rowsOf({ messages: [message(1), message(2), message(3, { sender_id: 'me' }), late] })).toEqual(['day', '[1', '2]', '[3]', '[4]'])
})

test('each local day begins with its name', () => {
  const next = message(3, { created_at: new Date(Date.parse(message(1).created_at) + 36 * 3600_000).toISOString() })
  expect(rowsOf({ messages: [message(1), message(2), next] })).toEqual(['day', '[1', '2]', 'day', '[3]'])
})

test('the unread line stands before the first unread message of somebody else', () => {
  expect(rowsOf({ messages: messages(1, 3), unreadAfter: 1 })).toEqual(['day', '[1]', 'unread', '[2', '3]'])
  const mine = message(2, { sender_id: 'me' })
  expect(rowsOf({ messages: [message(1), mine, message(3)], unreadAfter: 1 })).toEqual(['day', '[1]', '[2]', 'unread', '[3]'])
  expect(rowsOf({ messages: [message(1), mine], unreadAfter: 1 })).toEqual(['day', '[1]', '[2]'])
})

test('what happened to a group stands between the messages and ends a run', () => {
  const notice = message(2, { type: 'system', sender_id: undefined })
  expect(rowsOf({ messages: [message(1), notice, message(3), message(4)], unreadAfter: 3 })).toEqual(['day', '[1]', 'system', '[3]', 'unread', '[4]'])
  expect(rowsOf({ messages: [notice, message(3)], unreadAfter: 1 })).toEqual(['day', 'system', 'unread', '[3]'])
})

test('what is on its way comes last, in one run with what was sent', () => {
  const mine = message(1, { sender_id: 'me' })
  const at = Date.parse(mine.created_at)
  expect(rowsOf({ messages: [mine], pending: [pending('a', at + 1000), pending('b', at + 2000)] })).toEqual(['day', '[1', 'a', 'b]'])
})

test('a text keeps its key when it becomes a message', () => {
  const before = logRows({ messages: [], pending: [pending('x', 1)], me: 'me', unreadAfter: undefined })
  const sent = message(1, { sender_id: 'me', client_msg_id: 'x' })
  const after = logRows({ messages: [sent], pending: [], me: 'me', unreadAfter: undefined })
  expect(after.at(-1)?.key).toBe(before.at(-1)?.key)
})

test('a clock that is behind does not make a day of its own', () => {
  const mine = message(1, { sender_id: 'me' })
  const yesterday = Date.parse(mine.created_at) - 86_400_000
  expect(rowsOf({ messages: [mine], pending: [pending('a', yesterday)] })).toEqual(['day', '[1', 'a]'])
})
