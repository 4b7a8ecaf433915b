import type { Conversation } from '../../protocol/contract'
import type { Reached } from '../../state/model'

export type TickKind = 'waiting' | 'sent' | 'delivered' | 'read' | 'failed'

/** How far an own message got: in a direct conversation with the other person, in a group with all others. */
export function tickOf(seq: number, reached: Reached | undefined): TickKind {
  if (reached === undefined) return 'sent'
  if (seq <= reached.read) return 'read'
  return seq <= reached.delivered ? 'delivered' : 'sent'
}

export function reachedByPeer({ peer_read_seq: read = 0, peer_delivered_seq: delivered = 0 }: Conversation): Reached {
  return { delivered, read }
}
