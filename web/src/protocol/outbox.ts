import { fullJitter } from './backoff'
import type { Cancel, Clock } from './clock'
import type { FrameError, MessageAck } from './contract'
import type { ClientFrame } from './frames'
import type { OutboxEntry, OutboxFailure, OutboxStore } from './outbox-store'

/** An entry as the outside sees it. `sent` is acknowledged, but its place among the messages is not known here yet. */
export interface Pending extends OutboxEntry {
  state: 'waiting' | 'sent' | 'failed'
}

export interface OutboxOptions {
  clock: Clock
  random: () => number
  store: OutboxStore
  newId: () => string
  changed: (pending: readonly Pending[]) => void
  /** Told when the rate limit holds everything back, until when, and when that is over. */
  heldBack: (until: number | undefined) => void
}

interface Item {
  entry: OutboxEntry
  /** Sent only once it is safe on disk, so that a crash in between cannot give it a second id. */
  stored: boolean
  /** The seq it got; the text stays until the message of that seq is here. */
  ackedSeq: number | undefined
  /** Set while an answer is expected on the present connection. */
  cancelTimeout: Cancel | undefined
}

/** Used until the server's hello tells its own. */
const defaultInFlight = 16
/** An answer that takes this long got lost: the same id is sent again, the server knows it. */
const answerTimeout = 30_000

/**
 * The texts on their way to the server. Every text is on disk before it is sent and until it is acknowledged, keeps its
 * client_msg_id through every retry (the server stores it once), and is either acknowledged, or marked failed and left
 * to the person: none disappears silently. Only with its conversation it is gone.
 *
 * Order: one text per conversation is in flight, the next one goes after its answer; a failed one does not hold up
 * those after it. Over all conversations at most `inFlight` are under way. An error that is `retryable` pauses the whole
 * outbox for retry_after_ms; so does the rate limit, which is no failure to the person, only a wait.
 */
export class Outbox {
  #options: OutboxOptions
  #items = new Map<string, Item>()
  #send: ((frame: ClientFrame) => boolean) | undefined
  #inFlight = defaultInFlight
  #cancelPause: Cancel | undefined
  #refusals = 0
  #heldBack = false

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  /** Takes up what was left by an earlier visit. */
  async restore(): Promise<void> {
    for (const entry of await this.#options.store.load()) {
      if (!this.#items.has(entry.clientMessageId)) this.#add(entry, true)
    }
    this.#items = new Map([...this.#items].sort(([, a], [, b]) => a.entry.writtenAt - b.entry.writtenAt))
    this.#changed()
    this.#pump()
  }

  async enqueue(conversationId: string, content: string): Promise<void> {
    const entry = {
      clientMessageId: this.#options.newId(),
      conversationId,
      content,
      writtenAt: this.#nextTime(),
    }
    const item = this.#add(entry, false)
    this.#changed()
    await this.#keep(item)
  }

  /** Tries a failed text again. Only an id that the server holds for another text is replaced. */
  async retry(clientMessageId: string): Promise<void> {
    const item = this.#items.get(clientMessageId)
    if (item?.entry.failure === undefined) return
    const { failure, ...entry } = item.entry
    if (failure.code === 'idempotency_mismatch') {
      await this.discard(clientMessageId)
      await this.enqueue(entry.conversationId, entry.content)
      return
    }
    item.entry = entry
    item.stored = false
    this.#changed()
    await this.#keep(item)
  }

  async discard(clientMessageId: string): Promise<void> {
    const item = this.#items.get(clientMessageId)
    if (item?.entry.failure === undefined) return
    await this.settle(clientMessageId)
  }

  /** The person is not in the conversation any more, and is told so: its texts have nowhere to go and nowhere to fail. */
  forget(conversationId: string): void {
    const gone = [...this.#items].filter(([, { entry }]) => entry.conversationId === conversationId)
    if (gone.length === 0) return
    for (const [id, item] of gone) {
      this.#land(item)
      this.#items.delete(id)
      void this.#options.store.remove(id).catch(ignore)
    }
    this.#changed()
    this.#pump()
  }

  open(send: (frame: ClientFrame) => boolean, inFlight: number): void {
    this.#send = send
    this.#inFlight = inFlight > 0 ? inFlight : defaultInFlight
    this.#pump()
  }

  /** The connection is gone: whatever was under way will be sent again with the same id. */
  close(): void {
    this.#send = undefined
    this.#resume()
    for (const item of this.#items.values()) this.#land(item)
  }

  /** Reports whether the text was waiting for this; a second ack of the same text is no news. */
  acknowledge(ack: MessageAck): OutboxEntry | undefined {
    const item = this.#items.get(ack.client_msg_id)
    if (item === undefined || item.ackedSeq !== undefined) return undefined
    this.#land(item)
    item.ackedSeq = ack.seq
    this.#refusals = 0
    this.#changed()
    void this.#options.store.remove(ack.client_msg_id).catch(ignore)
    this.#pump()
    return item.entry
  }

  /** The message itself is here, so the text is delivered whatever became of its ack. */
  async settle(clientMessageId: string): Promise<void> {
    const item = this.#items.get(clientMessageId)
    if (item === undefined) return
    this.#land(item)
    this.#items.delete(clientMessageId)
    this.#changed()
    this.#pump()
    await this.#options.store.remove(clientMessageId).catch(ignore)
  }

  /** The conversation is complete up to this seq, so its acknowledged texts are among the messages. */
  settleThrough(conversationId: string, seq: number): void {
    for (const [id, { entry, ackedSeq }] of this.#items) {
      if (entry.conversationId === conversationId && ackedSeq !== undefined && ackedSeq <= seq) void this.settle(id)
    }
  }

  refuse(clientMessageId: string, error: FrameError): void {
    const item = this.#items.get(clientMessageId)
    if (item === undefined || item.ackedSeq !== undefined) return
    this.#land(item)
    if (error.code === 'rate_limited') this.#holdBack(error.retry_after_ms)
    else if (error.retryable) this.#pause((error.retry_after_ms ?? 1000) + fullJitter(this.#refusals++, this.#options.random))
    else void this.#fail(item, { code: error.code, detail: error.errors?.[0]?.detail ?? error.detail })
    this.#pump()
  }

  #add(entry: OutboxEntry, stored: boolean): Item {
    const item: Item = { entry, stored, ackedSeq: undefined, cancelTimeout: undefined }
    this.#items.set(entry.clientMessageId, item)
    return item
  }

  /** Where storage is refused (a private window, a full disk) the text still goes out; it only cannot outlive the tab. */
  async #keep(item: Item): Promise<void> {
    await this.#options.store.put(item.entry).catch(ignore)
    item.stored = true
    this.#pump()
  }

  async #fail(item: Item, failure: OutboxFailure): Promise<void> {
    item.entry = { ...item.entry, failure }
    this.#changed()
    await this.#options.store.put(item.entry).catch(ignore)
  }

  #pump(): void {
    if (this.#send === undefined || this.#cancelPause !== undefined) return
    const busy = new Set<string>()
    let flying = 0
    for (const { entry, cancelTimeout } of this.#items.values()) {
      if (cancelTimeout === undefined) continue
      busy.add(entry.conversationId)
      flying++
    }
    for (const item of this.#items.values()) {
      if (flying >= this.#inFlight) return
      const { conversationId, failure } = item.entry
      if (item.ackedSeq !== undefined || failure !== undefined || busy.has(conversationId)) continue
      busy.add(conversationId)
      if (!item.stored) continue
      if (!this.#launch(item)) return
      flying++
    }
  }

  #launch(item: Item): boolean {
    const { clientMessageId, conversationId, content } = item.entry
    item.cancelTimeout = this.#options.clock.after(answerTimeout, () => {
      this.#land(item)
      this.#pump()
    })
    const data = { conversation_id: conversationId, client_msg_id: clientMessageId, content }
    if (this.#send?.({ type: 'message.send', id: clientMessageId, data }) === true) return true
    this.#land(item)
    return false
  }

  #land(item: Item): void {
    item.cancelTimeout?.()
    item.cancelTimeout = undefined
  }

  #pause(delay: number): void {
    this.#cancelPause?.()
    this.#cancelPause = this.#options.clock.after(delay, () => {
      this.#resume()
      this.#pump()
    })
  }

  /** The server tells exactly when the next one may go; of several in flight, the last answer counts. */
  #holdBack(retryAfter = 1000): void {
    this.#pause(retryAfter)
    this.#heldBack = true
    this.#options.heldBack(this.#options.clock.now() + retryAfter)
  }

  #resume(): void {
    this.#cancelPause?.()
    this.#cancelPause = undefined
    if (this.#heldBack) this.#options.heldBack(undefined)
    this.#heldBack = false
  }

  /** The clock may stand still or go back; the order of writing may not. */
  #nextTime(): number {
    let last = 0
    for (const { entry } of this.#items.values()) last = Math.max(last, entry.writtenAt)
    return Math.max(this.#options.clock.now(), last + 1)
  }

  #changed(): void {
    const pending = [...this.#items.values()].map(({ entry, ackedSeq }): Pending => {
      const state = ackedSeq !== undefined ? 'sent' : entry.failure === undefined ? 'waiting' : 'failed'
      return { ...entry, state }
    })
    this.#options.changed(pending.sort((a, b) => a.writtenAt - b.writtenAt))
  }
}

/** Storage that fails costs only what the tab cannot remember after its end. */
function ignore(): void {
  return undefined
}
