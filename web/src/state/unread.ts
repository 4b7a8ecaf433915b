import type { Conversation, Message } from '../protocol/contract'

export interface Unread {
  count: number
  first: number | undefined
  mentions: number
  firstMention: number | undefined
}

const nothing: Unread = { count: 0, first: undefined, mentions: 0, firstMention: undefined }

export function mentions(message: Message, me: string): boolean {
  return message.mentions_all === true || message.mentions?.includes(me) === true
}

/** What of these is unread. Who writes, here or on another device, has read what was there; notices do not count. */
export function unreadAmong(messages: readonly Message[], read: number, me: string): Unread {
  const wrote = messages.findLast(({ sender_id }) => sender_id === me)?.seq ?? 0
  const unread = messages.filter(({ seq, type }) => type !== 'system' && seq > Math.max(read, wrote))
  const calls = unread.filter((message) => mentions(message, me))
  return { count: unread.length, first: unread[0]?.seq, mentions: calls.length, firstMention: calls[0]?.seq }
}

/** Both, one after the other. */
export function together(a: Unread, b: Unread): Unread {
  return {
    count: a.count + b.count,
    first: a.first ?? b.first,
    mentions: a.mentions + b.mentions,
    firstMention: a.firstMention ?? b.firstMention,
  }
}

export function unreadOf(conversation: Conversation): Unread {
  return {
    count: conversation.unread_count,
    first: conversation.first_unread_seq,
    mentions: conversation.unread_mentions ?? 0,
    firstMention: conversation.first_unread_mention_seq,
  }
}

/** As the server says it: what is nothing is left out. */
export function withUnread(conversation: Conversation, unread: Unread = nothing): Conversation {
  const { count, first, mentions: calls, firstMention } = unread
  const counted: Conversation = { ...conversation, unread_count: count }
  delete counted.first_unread_seq
  delete counted.unread_mentions
  delete counted.first_unread_mention_seq
  if (first !== undefined) counted.first_unread_seq = first
  if (calls > 0) counted.unread_mentions = calls
  if (firstMention !== undefined) counted.first_unread_mention_seq = firstMention
  return counted
}
