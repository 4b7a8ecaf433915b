import type { Cancel, Clock } from './clock'

export interface HeartbeatOptions {
  clock: Clock
  /** Silence after which the server is asked for a sign of life, in milliseconds. */
  interval: number
  /** Silence after asking that means the connection is dead, in milliseconds. */
  patience: number
  ping: () => void
  dead: () => void
}

/**
 * Notices a connection that died without a word: a laptop that slept, Wi-Fi lost in a lift, a NAT that forgot. The
 * server's own pings are answered below JavaScript and cannot be seen here, so the client asks too. Any frame counts
 * as life. `dead` is called at most once, and not after stop().
 */
export class Heartbeat {
  #options: HeartbeatOptions
  #cancel: Cancel
  #asking = false

  constructor(options: HeartbeatOptions) {
    this.#options = options
    this.#cancel = this.#rest()
  }

  heard(): void {
    this.#cancel()
    this.#asking = false
    this.#cancel = this.#rest()
  }

  /** Asks at once, and waits for the answer no longer than `patience` milliseconds: there is reason to doubt. */
  probe(patience: number): void {
    if (this.#asking) return
    this.#cancel()
    this.#ask(patience)
  }

  stop(): void {
    this.#cancel()
  }

  #rest(): Cancel {
    return this.#options.clock.after(this.#options.interval, () => this.#ask(this.#options.patience))
  }

  #ask(patience: number): void {
    const { clock, ping, dead } = this.#options
    this.#asking = true
    this.#cancel = clock.after(patience, dead)
    ping()
  }
}
