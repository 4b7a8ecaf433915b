import type { Cancel, Clock } from './clock'
import type { FrameTyping } from './contract'
import type { ClientFrame } from './frames'

/** Who is writing, by conversation; who began first comes first. */
export type TypingPeople = ReadonlyMap<string, readonly string[]>

export interface TypingOptions {
  clock: Clock
  userId: string
  changed: (people: TypingPeople) => void
}

/** The contract: said again this often while it goes on. */
const repeatAfter = 3_000
/** Who stops at a word and thinks is not writing any more. */
const restFor = 4_000

/**
 * Who is writing just now. What this person does is told at most every three seconds; what others do ends by itself when
 * the server's word for it runs out, and at once when their message is here. Nothing of it outlives the connection.
 */
export class Typing {
  #options: TypingOptions
  #send: ((frame: ClientFrame) => boolean) | undefined
  /** The conversation the server believes this person to write in, since when, and what ends it. */
  #own: { conversationId: string; toldAt: number; cancelRest: Cancel } | undefined
  #people = new Map<string, Map<string, Cancel>>()

  constructor(options: TypingOptions) {
    this.#options = options
  }

  open(send: (frame: ClientFrame) => boolean): void {
    this.#send = send
  }

  close(): void {
    this.#send = undefined
    this.#own?.cancelRest()
    this.#own = undefined
    if (this.#people.size === 0) return
    for (const people of this.#people.values()) for (const cancel of people.values()) cancel()
    this.#people.clear()
    this.#changed()
  }

  writing(conversationId: string, on: boolean): void {
    if (this.#own !== undefined && (!on || this.#own.conversationId !== conversationId)) this.#stop(true)
    if (!on || this.#send === undefined) return
    const { clock } = this.#options
    const now = clock.now()
    this.#own?.cancelRest()
    const due = this.#own === undefined || now - this.#own.toldAt >= repeatAfter
    const toldAt = due ? now : (this.#own?.toldAt ?? now)
    this.#own = { conversationId, toldAt, cancelRest: clock.after(restFor, () => this.#stop(true)) }
    if (due) this.#send({ type: 'typing', data: { conversation_id: conversationId, on: true } })
  }

  /** The message says by itself that its writing is over. */
  sent(conversationId: string): void {
    if (this.#own?.conversationId === conversationId) this.#stop(false)
  }

  receive({ conversation_id: id, user_id: user, expires_seconds: seconds }: FrameTyping): void {
    if (user === this.#options.userId) return
    if (seconds <= 0) {
      this.wrote(id, user)
      return
    }
    const people = this.#people.get(id) ?? new Map<string, Cancel>()
    const known = people.get(user)
    known?.()
    people.set(user, this.#options.clock.after(seconds * 1000, () => this.wrote(id, user)))
    this.#people.set(id, people)
    if (known === undefined) this.#changed()
  }

  /** This person does not write any more. */
  wrote(conversationId: string, userId: string): void {
    const people = this.#people.get(conversationId)
    const cancel = people?.get(userId)
    if (people === undefined || cancel === undefined) return
    cancel()
    people.delete(userId)
    if (people.size === 0) this.#people.delete(conversationId)
    this.#changed()
  }

  forget(conversationId: string): void {
    for (const userId of [...(this.#people.get(conversationId)?.keys() ?? [])]) this.wrote(conversationId, userId)
    this.sent(conversationId)
  }

  #stop(tell: boolean): void {
    const own = this.#own
    if (own === undefined) return
    own.cancelRest()
    this.#own = undefined
    if (tell) this.#send?.({ type: 'typing', data: { conversation_id: own.conversationId, on: false } })
  }

  #changed(): void {
    this.#options.changed(new Map([...this.#people].map(([id, people]) => [id, [...people.keys()]])))
  }
}
