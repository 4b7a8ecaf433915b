import type { Cancel, Clock } from './clock'
import type { ClientFrame } from './frames'

type Kind = 'delivered' | 'read'

interface Cursor {
  kind: Kind
  conversationId: string
  seq: number
  /** When it was handed to a socket; undefined while it waits for that. */
  sentAt: number | undefined
}

/** Many messages in a burst make one frame. */
const coalesceFor = 250
/** Cursor frames have no answer: those a dying connection may have swallowed are sent again, as old as a dead connection may get. */
const doubtFor = 120_000

/**
 * How far this person has received and read, on the way to the server: per conversation only the furthest seq counts,
 * so a burst makes one frame, and nothing is lost by a disconnect. Read implies delivered.
 */
export class Cursors {
  #clock: Clock
  #cursors = new Map<string, Cursor>()
  #send: ((frame: ClientFrame) => boolean) | undefined
  #cancel: Cancel | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  move(kind: Kind, conversationId: string, seq: number): void {
    const key = `${kind} ${conversationId}`
    if (seq < 1 || seq <= (this.#cursors.get(key)?.seq ?? 0)) return
    this.#cursors.set(key, { kind, conversationId, seq, sentAt: undefined })
    this.#flushLater()
  }

  /** The conversation is there no more; another one of its id would begin anew. */
  forget(conversationId: string): void {
    this.#cursors.delete(`read ${conversationId}`)
    this.#cursors.delete(`delivered ${conversationId}`)
  }

  open(send: (frame: ClientFrame) => boolean): void {
    this.#send = send
    this.#flushLater()
  }

  close(): void {
    this.#send = undefined
    this.#cancel?.()
    this.#cancel = undefined
    const doubtful = this.#clock.now() - doubtFor
    for (const cursor of this.#cursors.values()) {
      if (cursor.sentAt !== undefined && cursor.sentAt >= doubtful) cursor.sentAt = undefined
    }
  }

  #flushLater(): void {
    if (this.#send === undefined || this.#cancel !== undefined) return
    this.#cancel = this.#clock.after(coalesceFor, () => {
      this.#cancel = undefined
      this.#flush()
    })
  }

  #flush(): void {
    for (const cursor of this.#cursors.values()) {
      if (cursor.sentAt !== undefined) continue
      const { kind, conversationId, seq } = cursor
      if (kind === 'delivered' && seq <= (this.#cursors.get(`read ${conversationId}`)?.seq ?? 0)) {
        cursor.sentAt = this.#clock.now()
        continue
      }
      if (this.#send?.({ type: kind, data: { conversation_id: conversationId, seq } }) !== true) return
      cursor.sentAt = this.#clock.now()
    }
  }
}
