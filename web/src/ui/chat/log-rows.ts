import type { Message } from '../../protocol/contract'
import type { Pending } from '../../protocol/outbox'

/** What the log shows from top to bottom. `first` and `last`: the ends of a run of one person's bubbles. */
export type LogRow =
  | { kind: 'day'; key: string; time: string }
  | { kind: 'unread'; key: 'unread' }
  | { kind: 'message'; key: string; message: Message; own: boolean; first: boolean; last: boolean }
  | { kind: 'system'; key: string; message: Message }
  | { kind: 'pending'; key: string; pending: Pending; first: boolean; last: boolean }

export interface LogInput {
  messages: readonly Message[]
  pending: readonly Pending[]
  me: string
  /** The unread line stands before the first message after this seq; undefined for no line. */
  unreadAfter: number | undefined
}

/** Bubbles of one person closer together than this are one run. */
const runGap = 5 * 60_000

interface Bubble {
  sender: string | undefined
  time: number
}

export function logRows({ messages, pending, me, unreadAfter }: LogInput): LogRow[] {
  const rows: LogRow[] = []
  let before: Bubble | undefined
  let lineDrawn = unreadAfter === undefined

  const place = (bubble: Bubble, breaks: boolean): boolean => {
    const joins = before !== undefined && dayKey(before.time) === dayKey(bubble.time)
    const close = joins && before?.sender === bubble.sender && bubble.time - (before?.time ?? 0) <= runGap
    const first = breaks || !close
    if (first) endRun(rows)
    if (!joins) rows.push(dayRow(bubble.time))
    before = bubble
    return first
  }

  for (const message of messages) {
    if (message.type === 'system') {
      const time = Date.parse(message.created_at)
      endRun(rows)
      if (before === undefined || dayKey(before.time) !== dayKey(time)) rows.push(dayRow(time))
      before = { sender: undefined, time }
      rows.push({ kind: 'system', key: message.id, message })
      continue
    }
    const bubble = { sender: message.sender_id, time: Date.parse(message.created_at) }
    const own = message.sender_id === me
    const line = !lineDrawn && !own && message.seq > (unreadAfter ?? 0)
    const first = place(bubble, line)
    if (line) {
      rows.push({ kind: 'unread', key: 'unread' })
      lineDrawn = true
    }
    // An own message keeps the key it had while it was on its way, so that its bubble stays the same element.
    const key = own ? (message.client_msg_id ?? message.id) : message.id
    rows.push({ kind: 'message', key, message, own, first, last: false })
  }
  for (const one of pending) {
    const first = place({ sender: me, time: Math.max(one.writtenAt, before?.time ?? 0) }, false)
    rows.push({ kind: 'pending', key: one.clientMessageId, pending: one, first, last: false })
  }
  endRun(rows)
  return rows
}

/** Marks the newest bubble so far as the last of its run. */
function endRun(rows: LogRow[]): void {
  for (let index = rows.length - 1; index >= 0; index--) {
    const row = rows[index]
    if (row?.kind === 'message' || row?.kind === 'pending') {
      rows[index] = { ...row, last: true }
      return
    }
    if (row?.kind === 'system') return
  }
}

function dayRow(time: number): LogRow {
  return { kind: 'day', key: `day-${dayKey(time)}`, time: new Date(time).toISOString() }
}

function dayKey(time: number): string {
  const date = new Date(time)
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`
}
