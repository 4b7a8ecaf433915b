import type { Clock } from './clock'
import type { StopReason } from './close-codes'
import { Connection, type ConnectionState } from './connection'
import type { Conversation, FrameReceipt, Limits, Message, MessageAck, Presence, SyncPage } from './contract'
import { Cursors } from './cursors'
import type { ServerFrame } from './frames'
import { Inbox } from './inbox'
import { Outbox, type Pending } from './outbox'
import type { OutboxStore } from './outbox-store'
import { PresenceWatch } from './presence'
import type { OpenSocket } from './socket'
import { SyncRound } from './sync-round'
import type { TokenSource } from './tokens'
import { Typing, type TypingPeople } from './typing'

/** What the client tells. Calls come one at a time, each describes a change that has happened. */
export interface ChatEvents {
  connection(state: ConnectionState): void
  limits(limits: Limits): void
  /** New or newer descriptions of conversations; their messages come separately. */
  conversations(conversations: Conversation[]): void
  removed(conversationIds: string[]): void
  /** The next messages of a conversation, without a gap to those before. */
  append(conversationId: string, messages: Message[]): void
  /** The newest messages of a conversation, of which the ones before are not known. */
  restart(conversationId: string, messages: Message[]): void
  receipt(receipt: FrameReceipt): void
  pending(pending: readonly Pending[]): void
  /** Sends wait until then, milliseconds since 1970, because the server asked for it; undefined once they go again. */
  heldBack(until: number | undefined): void
  presence(known: ReadonlyMap<string, Presence>): void
  typing(people: TypingPeople): void
}

/** The two reads that frames cannot do. Both reject when there is no answer. */
export interface ChatRest {
  messagesAfter(conversationId: string, seq: number): Promise<Message[]>
  /** Undefined when there is no such conversation for this person. */
  conversation(conversationId: string): Promise<Conversation | undefined>
}

export interface ChatClientOptions {
  userId: string
  clock: Clock
  random: () => number
  newId: () => string
  openSocket: OpenSocket
  tokens: TokenSource
  rest: ChatRest
  outbox: OutboxStore
  /** Whose presence the screens show, the most wanted first. */
  watched: () => Iterable<string>
  events: ChatEvents
}

/**
 * One signed-in person's chat, kept up to date for as long as it runs: joins the connection, the sync after each
 * connect, the seq rule, the outbox and the cursors. Knows nothing of screens, storage or HTTP; everything that has an
 * effect or takes time is handed in. start() once; stop() ends it for good.
 */
export class ChatClient {
  #options: ChatClientOptions
  #connection: Connection
  #inbox: Inbox
  #outbox: Outbox
  #cursors: Cursors
  #presence: PresenceWatch
  #typing: Typing
  #round: SyncRound | undefined
  #limits: Limits | undefined
  #asked = new Set<string>()

  constructor(options: ChatClientOptions) {
    this.#options = options
    const { clock, random, events, rest } = options
    this.#connection = new Connection({
      clock,
      random,
      openSocket: options.openSocket,
      tokens: options.tokens,
      changed: (state) => this.#changed(state),
      received: (frame) => this.#received(frame),
    })
    this.#cursors = new Cursors(clock)
    this.#presence = new PresenceWatch({ clock, wanted: options.watched, changed: (known) => events.presence(known) })
    this.#typing = new Typing({ clock, userId: options.userId, changed: (people) => events.typing(people) })
    this.#outbox = new Outbox({
      clock,
      random,
      store: options.outbox,
      newId: options.newId,
      changed: (pending) => events.pending(pending),
      heldBack: (until) => events.heldBack(until),
    })
    this.#inbox = new Inbox({
      clock,
      random,
      fetchAfter: (id, seq) => rest.messagesAfter(id, seq),
      unknown: (id) => void this.#meet(id),
      sink: {
        append: (id, messages) => this.#handOver(id, messages, (batch) => events.append(id, batch)),
        restart: (id, messages) => this.#handOver(id, messages, (batch) => events.restart(id, batch)),
      },
    })
  }

  /** Takes the conversations that are known already, so that the first sync only brings what is newer. */
  async start(conversations: Conversation[]): Promise<void> {
    this.adopt(conversations)
    // Unsent texts that cannot be read now are not lost: they are still there at the next visit.
    await this.#outbox.restore().catch(() => undefined)
    this.#connection.start()
  }

  stop(reason?: StopReason): void {
    this.#connection.stop(reason)
  }

  /** After a stop that the person wants undone. */
  reconnect(): void {
    this.#connection.start()
  }

  wake(): void {
    this.#connection.wake()
  }

  doubt(): void {
    this.#connection.doubt()
  }

  renewed(token: string): void {
    this.#connection.reauthenticate(token)
  }

  /** The person is not in it any more, as an answer of the server says; the frame may still come. */
  left(conversationId: string): void {
    this.#removed([conversationId])
  }

  adopt(conversations: Conversation[]): void {
    for (const conversation of conversations) {
      this.#inbox.learn(conversation)
      if (conversation.my_delivered_seq < conversation.last_seq) {
        this.#cursors.move('delivered', conversation.id, conversation.last_seq)
      }
    }
    this.#options.events.conversations(conversations)
  }

  /** Content must not be empty; it is trimmed as the server would. */
  send(conversationId: string, content: string): Promise<void> {
    this.#typing.sent(conversationId)
    return this.#outbox.enqueue(conversationId, content.trim())
  }

  retry(clientMessageId: string): Promise<void> {
    return this.#outbox.retry(clientMessageId)
  }

  discard(clientMessageId: string): Promise<void> {
    return this.#outbox.discard(clientMessageId)
  }

  markRead(conversationId: string, seq: number): void {
    this.#cursors.move('read', conversationId, seq)
  }

  /** Each change of what this person is writing: whether there is anything. */
  writing(conversationId: string, on: boolean): void {
    this.#typing.writing(conversationId, on)
  }

  /** Other people are on the screen now. */
  watchedChanged(): void {
    this.#presence.touch()
  }

  #changed(state: ConnectionState): void {
    if (state.name === 'live') {
      const send = this.#connection.send.bind(this.#connection)
      this.#outbox.open(send, this.#limits?.sends_in_flight ?? 0)
      this.#cursors.open(send)
      this.#presence.open(send)
      this.#typing.open(send)
      // Texts of tabs that were closed in the meantime.
      void this.#outbox.restore().catch(() => undefined)
    } else {
      this.#outbox.close()
      this.#cursors.close()
      this.#presence.close()
      this.#typing.close()
      this.#inbox.pause()
      this.#round?.end()
      this.#round = undefined
    }
    this.#options.events.connection(state)
  }

  #received(frame: ServerFrame): void {
    const { events } = this.#options
    switch (frame.type) {
      case 'hello':
        this.#limits = frame.data.limits
        events.limits(frame.data.limits)
        if (this.#connection.state.name === 'syncing' && this.#round === undefined) this.#sync()
        break
      case 'sync.page':
        this.#round?.page(frame.data, frame.re)
        break
      case 'message.new':
        this.#inbox.receive(frame.data)
        break
      case 'messages':
        for (const message of frame.data.messages) this.#inbox.receive(message)
        break
      case 'message.ack':
        this.#acknowledged(frame.data)
        break
      case 'receipt':
        events.receipt(frame.data)
        break
      case 'typing':
        this.#typing.receive(frame.data)
        break
      case 'presence':
        this.#presence.receive(frame.data)
        break
      case 'conversation.updated':
        this.adopt([frame.data])
        break
      case 'conversation.removed':
        this.#removed([frame.data.conversation_id])
        break
      case 'error':
        if (frame.re === undefined) break
        if (this.#round?.refused(frame.re, frame.data) !== true) this.#outbox.refuse(frame.re, frame.data)
        break
    }
  }

  #sync(): void {
    this.#round = new SyncRound({
      clock: this.#options.clock,
      known: this.#inbox.known(200),
      send: (frame) => this.#connection.send(frame),
      apply: (page) => this.#applyPage(page),
      done: () => this.#connection.synced(),
      failed: (retryAfter) => this.#connection.fail(retryAfter),
    })
    this.#round.begin()
  }

  #applyPage(page: SyncPage): void {
    this.#options.events.conversations(page.conversations)
    this.#inbox.sync(page)
    if (page.removed_ids.length > 0) this.#removed(page.removed_ids)
  }

  #removed(conversationIds: string[]): void {
    for (const id of conversationIds) {
      this.#inbox.forget(id)
      this.#cursors.forget(id)
      this.#typing.forget(id)
      this.#outbox.forget(id)
    }
    this.#options.events.removed(conversationIds)
  }

  /** An ack is as good as the message: the sender's own connection is not sent it again. */
  #acknowledged(ack: MessageAck): void {
    const entry = this.#outbox.acknowledge(ack)
    if (entry === undefined) return
    this.#inbox.acknowledged({
      id: ack.message_id,
      conversation_id: ack.conversation_id,
      seq: ack.seq,
      sender_id: this.#options.userId,
      client_msg_id: ack.client_msg_id,
      type: 'text',
      content: entry.content,
      created_at: ack.created_at,
    })
    // A duplicate may be of a message that came long ago, and so is not handed over now.
    this.#outbox.settleThrough(ack.conversation_id, this.#inbox.head(ack.conversation_id))
  }

  #handOver(conversationId: string, messages: Message[], tell: (messages: Message[]) => void): void {
    tell(messages)
    for (const message of messages) {
      if (message.sender_id !== undefined) this.#typing.wrote(conversationId, message.sender_id)
      if (message.client_msg_id !== undefined) void this.#outbox.settle(message.client_msg_id)
    }
    const last = messages.at(-1)
    if (last === undefined) return
    this.#outbox.settleThrough(conversationId, last.seq)
    this.#cursors.move('delivered', conversationId, last.seq)
  }

  /** Somebody began a conversation with this person. One that cannot be fetched now comes with the next sync. */
  async #meet(conversationId: string): Promise<void> {
    if (this.#asked.has(conversationId)) return
    this.#asked.add(conversationId)
    try {
      const conversation = await this.#options.rest.conversation(conversationId)
      if (conversation !== undefined) this.adopt([conversation])
    } catch {
      this.#connection.fail()
    } finally {
      this.#asked.delete(conversationId)
    }
  }
}
