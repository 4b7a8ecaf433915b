import type { Cancel, Clock } from './clock'
import type { FrameError, KnownConversation, SyncPage } from './contract'
import type { ClientFrame } from './frames'

export interface SyncRoundOptions {
  clock: Clock
  known: KnownConversation[]
  send: (frame: ClientFrame) => boolean
  apply: (page: SyncPage) => void
  done: () => void
  /** The answer failed or did not come: the connection is of no use without it. Milliseconds to stay away. */
  failed: (retryAfter: number) => void
}

const pageTimeout = 20_000

/** Asks for what was missed, page after page, until there is no more. Ends with exactly one of done, failed or end(). */
export class SyncRound {
  #options: SyncRoundOptions
  #page = 0
  #cancel: Cancel = () => undefined

  constructor(options: SyncRoundOptions) {
    this.#options = options
  }

  begin(): void {
    this.#ask(undefined)
  }

  page(page: SyncPage, re: string | undefined): void {
    if (re !== undefined && re !== this.#id) return
    this.#cancel()
    this.#options.apply(page)
    if (page.has_more && page.cursor !== undefined) this.#ask(page.cursor)
    else this.#options.done()
  }

  /** Reports whether the error was the answer to this round. */
  refused(re: string, error: FrameError): boolean {
    if (re !== this.#id) return false
    this.#cancel()
    this.#options.failed(error.retry_after_ms ?? 0)
    return true
  }

  end(): void {
    this.#cancel()
  }

  get #id(): string {
    return `sync-${this.#page}`
  }

  #ask(cursor: string | undefined): void {
    const { clock, known, send, failed } = this.#options
    this.#page++
    this.#cancel = clock.after(pageTimeout, () => failed(0))
    const data = cursor === undefined ? { known } : { known, cursor }
    if (!send({ type: 'sync', id: this.#id, data })) this.#cancel()
  }
}
