import { fullJitter } from './backoff'
import type { Cancel, Clock } from './clock'
import type { Conversation, KnownConversation, Message, SyncPage } from './contract'

export interface InboxSink {
  /** Messages that follow without a gap on everything handed over before. */
  append(conversationId: string, messages: Message[]): void
  /** Too much was missed to fetch it all: these are the newest, older ones are history to page for. */
  restart(conversationId: string, messages: Message[]): void
}

export interface InboxOptions {
  clock: Clock
  random: () => number
  sink: InboxSink
  /** A page of messages with a greater seq, ascending. */
  fetchAfter: (conversationId: string, seq: number) => Promise<Message[]>
  /** A message of a conversation that nobody has heard of here. */
  unknown: (conversationId: string) => void
}

interface Log {
  /** The newest seq that was handed to the sink. */
  head: number
  /** Time of the newest thing known, RFC 3339: the sync request names the most recently active first. */
  activity: string
  /** What the conversation's description was last known as; see KnownConversation. */
  version: string | undefined
  /** The newest seq that is known to exist. */
  target: number
  /** What came too early, by seq. */
  held: Map<number, Message>
  /** Ends the wait for, or the result of, the filling of a gap. */
  cancelFill: Cancel | undefined
}

/** Two nodes' messages may overtake each other by a few milliseconds; most gaps close by themselves in this time. */
const grace = 100
/** An ack comes by a shorter way than the message of somebody else before it, which all its readers are sent at once. */
const ackGrace = 300

/**
 * The seq rule: in each conversation a message is handed over exactly once and in the order of seq, whichever way and
 * however often it came. A message that is last + 1 is applied, an older one dropped, a newer one held while the gap is
 * fetched. A gap whose fetch fails is tried again until it is filled or pause() is called (the sync after the next
 * connect fills it then).
 */
export class Inbox {
  #options: InboxOptions
  #logs = new Map<string, Log>()

  constructor(options: InboxOptions) {
    this.#options = options
  }

  /** Starts a conversation at what the server says is its end, or learns that there is more of a known one. */
  learn(conversation: Conversation): void {
    const log = this.#logs.get(conversation.id)
    if (log === undefined) {
      this.#logs.set(conversation.id, newLog(conversation.last_seq, conversation))
      return
    }
    log.version = conversation.version
    if (conversation.last_seq > log.target) {
      log.target = conversation.last_seq
      this.#fillLater(conversation.id, log, 0)
    }
  }

  receive(message: Message): void {
    this.#take(message, grace)
  }

  /** An own message, known by its ack: messages before it may still be on their way. */
  acknowledged(message: Message): void {
    this.#take(message, ackGrace)
  }

  #take(message: Message, patience: number): void {
    const log = this.#logs.get(message.conversation_id)
    if (log === undefined) {
      this.#options.unknown(message.conversation_id)
      return
    }
    this.#hold(log, message)
    this.#apply(message.conversation_id, log)
    if (log.target > log.head) this.#fillLater(message.conversation_id, log, 0, patience)
  }

  /** Applies a page of a sync: per conversation the newest messages, contiguous to its end. */
  sync(page: SyncPage): void {
    const messages = byConversation(page.messages)
    for (const conversation of page.conversations) {
      const batch = messages.get(conversation.id) ?? []
      const log = this.#logs.get(conversation.id)
      if (log === undefined) this.#begin(conversation, batch)
      else this.#catchUp(conversation, log, batch)
    }
    for (const id of page.removed_ids) this.forget(id)
  }

  /** What the sync request says is known, at most `limit`, the most recently active first. */
  known(limit: number): KnownConversation[] {
    return [...this.#logs]
      .sort(([, a], [, b]) => (a.activity < b.activity ? 1 : a.activity > b.activity ? -1 : 0))
      .slice(0, limit)
      .map(([id, { head, version }]) => ({ conversation_id: id, seq: head, ...(version === undefined ? {} : { version }) }))
  }

  /** The newest seq that was handed over, 0 for a conversation that is not known. */
  head(conversationId: string): number {
    return this.#logs.get(conversationId)?.head ?? 0
  }

  forget(conversationId: string): void {
    this.#logs.get(conversationId)?.cancelFill?.()
    this.#logs.delete(conversationId)
  }

  /** The connection is gone: nothing is fetched until the next sync, which brings what is missing. */
  pause(): void {
    for (const log of this.#logs.values()) {
      log.cancelFill?.()
      log.cancelFill = undefined
    }
  }

  #begin(conversation: Conversation, batch: Message[]): void {
    const log = newLog(conversation.last_seq, conversation)
    this.#logs.set(conversation.id, log)
    const last = batch.at(-1)
    if (last === undefined) return
    log.head = last.seq
    this.#options.sink.restart(conversation.id, batch)
    this.learn(conversation)
  }

  #catchUp(conversation: Conversation, log: Log, batch: Message[]): void {
    const first = batch[0]
    const last = batch.at(-1)
    log.version = conversation.version
    log.target = Math.max(log.target, conversation.last_seq)
    if (first !== undefined && last !== undefined && first.seq > log.head + 1) {
      log.head = last.seq
      log.activity = last.created_at
      this.#options.sink.restart(conversation.id, batch)
    } else {
      for (const message of batch) this.#hold(log, message)
    }
    this.#apply(conversation.id, log)
    if (log.target > log.head) this.#fillLater(conversation.id, log, 0)
  }

  #hold(log: Log, message: Message): void {
    if (message.seq <= log.head) return
    log.held.set(message.seq, message)
    log.target = Math.max(log.target, message.seq)
  }

  #apply(conversationId: string, log: Log): void {
    const ready: Message[] = []
    for (let next = log.held.get(log.head + 1); next !== undefined; next = log.held.get(log.head + 1)) {
      ready.push(next)
      log.head = next.seq
      log.activity = next.created_at
    }
    for (const seq of log.held.keys()) if (seq <= log.head) log.held.delete(seq)
    if (log.head >= log.target) {
      log.cancelFill?.()
      log.cancelFill = undefined
    }
    if (ready.length > 0) this.#options.sink.append(conversationId, ready)
  }

  #fillLater(conversationId: string, log: Log, attempt: number, patience = grace): void {
    if (log.cancelFill !== undefined) return
    const { clock, random } = this.#options
    const delay = attempt === 0 ? patience : patience + fullJitter(attempt, random)
    log.cancelFill = clock.after(delay, () => void this.#fill(conversationId, log, attempt))
  }

  async #fill(conversationId: string, log: Log, attempt: number): Promise<void> {
    let wanted = true
    log.cancelFill = () => (wanted = false)
    let messages: Message[] = []
    try {
      messages = await this.#options.fetchAfter(conversationId, log.head)
    } catch {
      // Tried again below: the gap is still there.
    }
    // A cancelled fill was overtaken by live messages, a sync, or the conversation's end.
    if (!(wanted as boolean)) return
    log.cancelFill = undefined
    const before = log.head
    for (const message of messages) this.#hold(log, message)
    this.#apply(conversationId, log)
    if (log.target > log.head) this.#fillLater(conversationId, log, log.head > before ? 0 : attempt + 1)
  }
}

function byConversation(messages: Message[]): Map<string, Message[]> {
  const groups = new Map<string, Message[]>()
  for (const message of messages) {
    const group = groups.get(message.conversation_id)
    if (group === undefined) groups.set(message.conversation_id, [message])
    else group.push(message)
  }
  return groups
}

function newLog(head: number, { updated_at: activity, version }: Conversation): Log {
  return { head, activity, version, target: head, held: new Map(), cancelFill: undefined }
}
