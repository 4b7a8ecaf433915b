import type { FrameReceipt, Member } from '../protocol/contract'
import type { ChatState, Progress, Reached } from './model'

const nothing: Progress = { others: new Map(), complete: false }

/** From now on the receipts of this group are kept. */
export function withProgress(state: ChatState, id: string): ChatState {
  return state.progress.has(id) ? state : put(state, id, nothing)
}

export function withoutProgress(state: ChatState, id: string): ChatState {
  const progress = new Map(state.progress)
  return progress.delete(id) ? { ...state, progress } : state
}

/** All members of the group. Receipts that came while they were fetched are not forgotten, those of others are. */
export function withMembers(state: ChatState, me: string, id: string, members: readonly Member[]): ChatState {
  const known = state.progress.get(id)
  if (known === undefined) return state
  const others = members.filter(({ user_id }) => user_id !== me)
  const furthest = others.map((member) => [member.user_id, further(known.others.get(member.user_id), member)] as const)
  return put(state, id, { others: new Map(furthest), complete: true })
}

export function withGroupReceipt(state: ChatState, receipt: FrameReceipt): ChatState {
  const known = state.progress.get(receipt.conversation_id)
  if (known === undefined) return state
  const before = known.others.get(receipt.user_id)
  const now = further(before, receipt)
  if (now.delivered === before?.delivered && now.read === before.read) return state
  return put(state, receipt.conversation_id, { ...known, others: new Map(known.others).set(receipt.user_id, now) })
}

/** What everybody else in the group has received and read; undefined while that is unknown, and when there is nobody. */
export function reachedByAll(progress: Progress | undefined): Reached | undefined {
  if (progress?.complete !== true || progress.others.size === 0) return undefined
  const all = [...progress.others.values()]
  return { delivered: Math.min(...all.map(({ delivered }) => delivered)), read: Math.min(...all.map(({ read }) => read)) }
}

function further(known: Reached | undefined, { delivered_seq, read_seq }: Pick<Member, 'delivered_seq' | 'read_seq'>): Reached {
  const read = Math.max(known?.read ?? 0, read_seq)
  return { read, delivered: Math.max(known?.delivered ?? 0, delivered_seq, read) }
}

function put(state: ChatState, id: string, progress: Progress): ChatState {
  return { ...state, progress: new Map(state.progress).set(id, progress) }
}
