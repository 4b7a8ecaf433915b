import type { Conversation } from '../../protocol/contract'

export type TickKind = 'waiting' | 'sent' | 'delivered' | 'read' | 'failed'

/** How far an own message of a direct conversation got. */
export function tickOf(seq: number, conversation: Pick<Conversation, 'peer_read_seq' | 'peer_delivered_seq'>): TickKind {
  if (seq <= (conversation.peer_read_seq ?? 0)) return 'read'
  if (seq <= (conversation.peer_delivered_seq ?? 0)) return 'delivered'
  return 'sent'
}
