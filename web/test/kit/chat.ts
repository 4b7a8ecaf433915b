import { ChatClient, type ChatEvents } from '../../src/protocol/client'
import type { ConnectionState } from '../../src/protocol/connection'
import type { Conversation, FrameReceipt, Message, Presence, SyncPage } from '../../src/protocol/contract'
import type { Pending } from '../../src/protocol/outbox'
import type { TypingPeople } from '../../src/protocol/typing'
import { FakeClock, settle } from './clock'
import { MemoryOutbox } from './memory-outbox'
import { FakeWire, type FakePeer } from './wire'

/** A chat client on a fake wire, what it told, and the few things a story needs to say about it. */
export class Chat {
  readonly clock = new FakeClock()
  readonly wire = new FakeWire()
  readonly states: ConnectionState[] = []
  readonly conversations = new Map<string, Conversation>()
  readonly messages = new Map<string, Message[]>()
  readonly receipts: FrameReceipt[] = []
  pending: readonly Pending[] = []
  presence: ReadonlyMap<string, Presence> = new Map()
  typing: TypingPeople = new Map()
  heldBack: number | undefined
  /** Whom the screens show. */
  watched: string[] = []
  /** What GET …/messages?after_seq and GET …/conversations/:id answer. */
  history: Message[] = []
  directory = new Map<string, Conversation>()
  fetches: number[] = []
  readonly client: ChatClient
  #ids = 0

  constructor(readonly outbox = new MemoryOutbox()) {
    this.client = new ChatClient({
      userId: 'me',
      clock: this.clock,
      random: () => 0.5,
      newId: () => `id-${++this.#ids}`,
      openSocket: this.wire.openSocket,
      tokens: { token: () => Promise.resolve('token'), renew: () => Promise.resolve('token') },
      outbox,
      watched: () => this.watched,
      rest: {
        messagesAfter: (id, seq) => {
          this.fetches.push(seq)
          return Promise.resolve(this.history.filter((m) => m.conversation_id === id && m.seq > seq).slice(0, 100))
        },
        conversation: (id) => Promise.resolve(this.directory.get(id)),
      },
      events: this.#events(),
    })
  }

  get state(): string {
    return this.states.at(-1)?.name ?? 'none'
  }

  get peer(): FakePeer {
    return this.wire.peer
  }

  seqs(conversationId = 'c'): number[] {
    return (this.messages.get(conversationId) ?? []).map((message) => message.seq)
  }

  /** From a start with these conversations to live, with nothing missed. */
  async live(conversations: Conversation[] = []): Promise<void> {
    await this.client.start(conversations)
    await this.arrive()
  }

  /** From a socket being opened to live. */
  async arrive(page: Partial<SyncPage> = {}): Promise<void> {
    await settle()
    this.peer.open()
    this.peer.hello()
    this.answerSync(page)
    await settle()
  }

  answerSync(page: Partial<SyncPage> = {}): void {
    const re = this.peer.sent('sync').at(-1)?.id
    const data = { conversations: [], messages: [], removed_ids: [], has_more: false, ...page }
    this.peer.say({ type: 'sync.page', re, data })
  }

  ack(clientMessageId: string, seq: number, duplicate = false): void {
    this.peer.say({
      type: 'message.ack',
      re: clientMessageId,
      data: {
        conversation_id: 'c',
        client_msg_id: clientMessageId,
        message_id: `m-${clientMessageId}`,
        seq,
        created_at: '2026-01-01T12:00:00.000Z',
        duplicate,
      },
    })
  }

  #events(): ChatEvents {
    return {
      connection: (state) => this.states.push(state),
      limits: () => undefined,
      conversations: (list) => list.forEach((one) => this.conversations.set(one.id, one)),
      removed: (ids) => ids.forEach((id) => this.conversations.delete(id)),
      append: (id, batch) => this.messages.set(id, [...(this.messages.get(id) ?? []), ...batch]),
      restart: (id, batch) => this.messages.set(id, batch),
      receipt: (receipt) => this.receipts.push(receipt),
      pending: (pending) => (this.pending = pending),
      presence: (known) => (this.presence = known),
      typing: (people) => (this.typing = people),
      heldBack: (until) => (this.heldBack = until),
    }
  }
}
