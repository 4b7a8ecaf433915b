import type { Cancel, Clock } from './clock'
import type { Presence } from './contract'
import type { ClientFrame } from './frames'

export interface PresenceOptions {
  clock: Clock
  /** Whom the screens show now, the most wanted first. Asked when it is time to tell the server. */
  wanted: () => Iterable<string>
  /** Everything that is known. Who is not in it is unknown. */
  changed: (known: ReadonlyMap<string, Presence>) => void
}

/** How many ids a frame may hold, by contract. */
const perFrame = 200
/** How many people are watched at most; the server bounds what a connection may watch, too. */
const atMost = 400
/** Scrolling and bursts of answers make one change. */
const settleFor = 300
const gatherFor = 50

/**
 * Who is online, of the people that are on the screen. What was known ends with the connection: from then on it is
 * only a guess. The next connection is asked anew.
 */
export class PresenceWatch {
  #options: PresenceOptions
  #send: ((frame: ClientFrame) => boolean) | undefined
  /** Whom the present connection was asked to watch. */
  #watched = new Set<string>()
  #known = new Map<string, Presence>()
  #cancelUpdate: Cancel | undefined
  #cancelTell: Cancel | undefined

  constructor(options: PresenceOptions) {
    this.#options = options
  }

  /** What `wanted` answers may have changed. */
  touch(): void {
    if (this.#send === undefined || this.#cancelUpdate !== undefined) return
    this.#cancelUpdate = this.#options.clock.after(settleFor, () => {
      this.#cancelUpdate = undefined
      this.#update()
    })
  }

  open(send: (frame: ClientFrame) => boolean): void {
    this.#send = send
    this.#update()
  }

  close(): void {
    this.#send = undefined
    this.#cancelUpdate?.()
    this.#cancelTell?.()
    this.#cancelUpdate = this.#cancelTell = undefined
    this.#watched.clear()
    if (this.#known.size === 0) return
    this.#known.clear()
    this.#options.changed(new Map())
  }

  receive(presence: Presence): void {
    // An answer may come after the person has left the screen.
    if (!this.#watched.has(presence.user_id)) return
    this.#known.set(presence.user_id, presence)
    this.#tellLater()
  }

  #update(): void {
    const wanted = new Set<string>()
    for (const id of this.#options.wanted()) {
      if (wanted.size >= atMost) break
      wanted.add(id)
    }
    const gone = [...this.#watched].filter((id) => !wanted.has(id))
    const come = [...wanted].filter((id) => !this.#watched.has(id))
    for (const id of gone) if (this.#known.delete(id)) this.#tellLater()
    this.#watched = wanted
    this.#say('presence.unsub', gone)
    this.#say('presence.sub', come)
  }

  #say(type: 'presence.sub' | 'presence.unsub', ids: string[]): void {
    for (let from = 0; from < ids.length; from += perFrame) {
      // A socket that takes no more is about to close, and the next one is asked for everyone.
      if (this.#send?.({ type, data: { user_ids: ids.slice(from, from + perFrame) } }) !== true) return
    }
  }

  #tellLater(): void {
    this.#cancelTell ??= this.#options.clock.after(gatherFor, () => {
      this.#cancelTell = undefined
      this.#options.changed(new Map(this.#known))
    })
  }
}
