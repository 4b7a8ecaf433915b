import i18next from 'i18next'
import type { Conversation } from '../../protocol/contract'

/** What a conversation is called: the other person's name, or the group's. */
export function conversationName(conversation: Conversation): string {
  if (conversation.peer?.deleted === true) return i18next.t('people.deleted')
  return conversation.name ?? conversation.peer?.display_name ?? conversation.peer?.username ?? '…'
}

/** Whose colour the conversation wears. */
export function conversationFace(conversation: Conversation): string {
  return conversation.peer?.id ?? conversation.id
}

/** Pinned ones first, then by activity. */
export function byPlace(a: Conversation, b: Conversation): number {
  if (a.settings.pinned !== b.settings.pinned) return a.settings.pinned ? -1 : 1
  return byActivity(a, b)
}

/** The most recently active first; the id makes the order of equals stable. */
export function byActivity(a: Conversation, b: Conversation): number {
  if (a.updated_at !== b.updated_at) return a.updated_at < b.updated_at ? 1 : -1
  return a.id < b.id ? 1 : -1
}
