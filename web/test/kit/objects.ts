import type { Conversation, Message } from '../../src/protocol/contract'

/** A message of conversation c from somebody else; its seq says which. */
export function message(seq: number, with_: Partial<Message> = {}): Message {
  return {
    id: `m${seq}`,
    conversation_id: 'c',
    seq,
    sender_id: 'peer',
    type: 'text',
    content: `text ${seq}`,
    created_at: new Date(Date.UTC(2026, 0, 1, 10) + seq * 60_000).toISOString(),
    ...with_,
  }
}

export function messages(from: number, to: number, with_: Partial<Message> = {}): Message[] {
  return Array.from({ length: to - from + 1 }, (_, index) => message(from + index, with_))
}

export function conversation(lastSeq: number, with_: Partial<Conversation> = {}): Conversation {
  return {
    id: 'c',
    kind: 'direct',
    created_by: 'me',
    created_at: '2026-01-01T00:00:00.000Z',
    updated_at: '2026-01-01T00:00:00.000Z',
    member_count: 2,
    my_role: 'member',
    last_seq: lastSeq,
    unread_count: 0,
    my_read_seq: lastSeq,
    my_delivered_seq: lastSeq,
    settings: { notifications: 'all', pinned: false, archived: false },
    peer: { id: 'peer', username: 'peer', display_name: 'Peer', created_at: '2026-01-01T00:00:00.000Z' },
    peer_read_seq: 0,
    peer_delivered_seq: 0,
    ...with_,
  }
}
