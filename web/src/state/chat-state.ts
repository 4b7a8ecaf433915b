import type { Conversation, ConversationSettings, FrameReceipt, Message, Permission } from '../protocol/contract'
import type { Pending } from '../protocol/outbox'
import { emptyTimeline, type ChatState, type Timeline } from './model'
import { withGroupReceipt } from './progress'
import { together, unreadAmong, unreadOf, withUnread } from './unread'

export function withConversations(state: ChatState, list: Conversation[]): ChatState {
  const conversations = new Map(state.conversations)
  const left = new Map(state.left)
  for (const incoming of list) {
    conversations.set(incoming.id, merge(conversations.get(incoming.id), incoming))
    left.delete(incoming.id)
  }
  return { ...state, conversations, left }
}

export function withoutConversations(state: ChatState, ids: string[]): ChatState {
  const conversations = new Map(state.conversations)
  const timelines = new Map(state.timelines)
  const windows = new Map(state.windows)
  const left = new Map(state.left)
  for (const id of ids) {
    const name = conversations.get(id)?.name
    if (name !== undefined) left.set(id, name)
    for (const parts of [conversations, timelines, windows]) parts.delete(id)
  }
  return { ...state, conversations, timelines, windows, left }
}

/** What this person's role lets them do in a group. */
export function can(conversation: Conversation, what: Permission): boolean {
  return conversation.my_permissions?.includes(what) === true
}

/** Adds the next messages. Those that a page of history brought already are dropped. */
export function withAppended(state: ChatState, me: string, id: string, incoming: Message[]): ChatState {
  const timeline = state.timelines.get(id) ?? emptyTimeline
  const end = timeline.messages.at(-1)?.seq ?? 0
  const fresh = incoming.filter((message) => message.seq > end)
  const messages = [...timeline.messages, ...fresh]
  return withTimeline(withNewest(state, me, id, incoming), id, { ...timeline, messages, complete: begins(messages, timeline) })
}

/** Replaces what is held: between it and these messages there is a gap. */
export function withRestarted(state: ChatState, me: string, id: string, messages: Message[]): ChatState {
  const timeline = { ...emptyTimeline, messages, complete: begins(messages, emptyTimeline) }
  return withTimeline(withNewest(state, me, id, messages), id, timeline)
}

/** Adds a page of history, unless the timeline has moved away from it in the meantime. */
export function withOlder(state: ChatState, id: string, page: Message[], exhausted: boolean): ChatState {
  const timeline = state.timelines.get(id) ?? emptyTimeline
  const first = timeline.messages[0]
  const older = first === undefined ? page : page.filter((message) => message.seq < first.seq)
  const last = older.at(-1)
  if (first !== undefined && last !== undefined && last.seq !== first.seq - 1) {
    return withTimeline(state, id, { ...timeline, history: 'idle' })
  }
  const messages = [...older, ...timeline.messages]
  return withTimeline(state, id, { messages, complete: exhausted || begins(messages, timeline), history: 'idle' })
}

export function withHistory(state: ChatState, id: string, history: Timeline['history']): ChatState {
  return withTimeline(state, id, { ...(state.timelines.get(id) ?? emptyTimeline), history })
}

/** Lets go of all but the newest messages; what is older can be paged for again. */
export function withTrimmed(state: ChatState, id: string, keep: number): ChatState {
  const timeline = state.timelines.get(id)
  if (timeline === undefined || timeline.messages.length <= keep) return state
  return withTimeline(state, id, { ...timeline, messages: timeline.messages.slice(-keep), complete: false })
}

export function withReceipt(state: ChatState, me: string, receipt: FrameReceipt): ChatState {
  const conversation = state.conversations.get(receipt.conversation_id)
  if (conversation === undefined) return state
  if (receipt.user_id === me) return withRead(state, me, conversation.id, receipt.read_seq)
  if (conversation.kind !== 'direct') return withGroupReceipt(state, receipt)
  const read = Math.max(conversation.peer_read_seq ?? 0, receipt.read_seq)
  const delivered = Math.max(conversation.peer_delivered_seq ?? 0, receipt.delivered_seq, read)
  const moved = { ...conversation, peer_delivered_seq: delivered }
  // Of somebody who hides what they have read, a receipt tells only what was delivered.
  if (read > 0) moved.peer_read_seq = read
  return withConversation(state, moved)
}

/** This person has read up to seq, here or on another device. */
export function withRead(state: ChatState, me: string, id: string, seq: number): ChatState {
  const conversation = state.conversations.get(id)
  if (conversation === undefined || seq <= conversation.my_read_seq) return state
  const messages = state.timelines.get(id)?.messages ?? []
  const moved = { ...conversation, my_read_seq: seq }
  if (seq >= conversation.last_seq) return withConversation(state, withUnread(moved))
  if (!covers(messages, seq)) return withConversation(state, moved)
  return withConversation(state, withUnread(moved, unreadAmong(messages, seq, me)))
}

/** Whether everything after seq is held, so that what of it is unread can be counted here. */
export function covers(messages: readonly Message[], seq: number): boolean {
  return messages[0] !== undefined && messages[0].seq <= seq + 1
}

export function mutedAt({ muted_until }: ConversationSettings, now: number): boolean {
  return muted_until !== undefined && Date.parse(muted_until) > now
}

/** Whether a conversation asks for no attention at this time. */
export function quiet(settings: ConversationSettings, now: number): boolean {
  return settings.notifications === 'none' || mutedAt(settings, now)
}

/** How many unread messages ask for attention. */
export function calling({ settings, unread_count, unread_mentions = 0 }: Conversation, now: number): number {
  if (quiet(settings, now)) return 0
  return settings.notifications === 'mentions' ? unread_mentions : unread_count
}

export function withSettings(state: ChatState, id: string, settings: ConversationSettings): ChatState {
  const conversation = state.conversations.get(id)
  return conversation === undefined ? state : withConversation(state, { ...conversation, settings })
}

export function withBlocked(state: ChatState, userId: string, blocked: boolean): ChatState {
  const people = new Set(state.blocked)
  if (blocked) people.add(userId)
  else people.delete(userId)
  return { ...state, blocked: people }
}

export function withPending(state: ChatState, all: readonly Pending[]): ChatState {
  const pending = new Map<string, Pending[]>()
  for (const one of all) {
    const list = pending.get(one.conversationId)
    if (list === undefined) pending.set(one.conversationId, [one])
    else list.push(one)
  }
  return { ...state, pending }
}

export function withDraft(state: ChatState, id: string, text: string): ChatState {
  const drafts = new Map(state.drafts)
  if (text === '') drafts.delete(id)
  else drafts.set(id, text)
  return { ...state, drafts }
}

/** The server's view, but never behind what is known here: cursors only grow. */
function merge(known: Conversation | undefined, incoming: Conversation): Conversation {
  if (known === undefined) return incoming
  let merged = { ...incoming }
  if (known.last_seq > incoming.last_seq) {
    merged.last_seq = known.last_seq
    merged.last_message = known.last_message
    merged.updated_at = known.updated_at
    merged = withUnread(merged, unreadOf(known))
  }
  if (known.my_read_seq > incoming.my_read_seq) {
    merged.my_read_seq = known.my_read_seq
    if (known.my_read_seq >= merged.last_seq) merged = withUnread(merged)
  }
  if (incoming.kind === 'direct') {
    // Absent when one of the two does not share what was read: then the ticks stop at delivered.
    if (incoming.peer_read_seq !== undefined) merged.peer_read_seq = Math.max(known.peer_read_seq ?? 0, incoming.peer_read_seq)
    merged.peer_delivered_seq = Math.max(known.peer_delivered_seq ?? 0, incoming.peer_delivered_seq ?? 0)
  }
  return merged
}

/** Messages beyond last_seq are news to the list; those up to it are in the server's count already. */
function withNewest(state: ChatState, me: string, id: string, messages: Message[]): ChatState {
  const conversation = state.conversations.get(id)
  const last = messages.at(-1)
  if (conversation === undefined || last === undefined || last.seq <= conversation.last_seq) return state
  const fresh = messages.filter(({ seq }) => seq > conversation.last_seq)
  const wrote = fresh.findLast(({ sender_id }) => sender_id === me)?.seq ?? 0
  const unread = unreadAmong(fresh, conversation.my_read_seq, me)
  const leavesArchive = fresh.some(({ type }) => type !== 'system') && !quiet(conversation.settings, Date.parse(last.created_at))
  const moved = {
    ...conversation,
    last_seq: last.seq,
    last_message: last,
    updated_at: last.created_at,
    settings: leavesArchive && conversation.settings.archived ? { ...conversation.settings, archived: false } : conversation.settings,
  }
  return withConversation(state, withUnread(moved, wrote > 0 ? unread : together(unreadOf(conversation), unread)))
}

function withConversation(state: ChatState, conversation: Conversation): ChatState {
  return { ...state, conversations: new Map(state.conversations).set(conversation.id, conversation) }
}

function withTimeline(state: ChatState, id: string, timeline: Timeline): ChatState {
  return { ...state, timelines: new Map(state.timelines).set(id, timeline) }
}

function begins(messages: readonly Message[], timeline: Timeline): boolean {
  return timeline.complete || messages[0]?.seq === 1
}
