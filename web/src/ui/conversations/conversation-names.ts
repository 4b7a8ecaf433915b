import type { Conversation } from '../../protocol/contract'

/** What a conversation is called: the other person's name, or the group's. */
export function conversationName(conversation: Conversation): string {
  return conversation.name ?? conversation.peer?.display_name ?? conversation.peer?.username ?? '…'
}

/** Whose colour the conversation wears. */
export function conversationFace(conversation: Conversation): string {
  return conversation.peer?.id ?? conversation.id
}

/** The most recently active first; the id makes the order of equals stable. */
export function byActivity(a: Conversation, b: Conversation): number {
  if (a.updated_at !== b.updated_at) return a.updated_at < b.updated_at ? 1 : -1
  return a.id < b.id ? 1 : -1
}
