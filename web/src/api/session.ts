import type { Cancel, Clock } from '../protocol/clock'
import type { StopReason } from '../protocol/close-codes'
import type { Self, TokenResponse } from '../protocol/contract'
import { fullJitter } from '../protocol/backoff'
import { SignedOut, type TokenSource } from '../protocol/tokens'
import { ApiError } from './api-error'
import { unwrap, type Api } from './http'
import type { TabMessage, Tabs } from './tabs'

export type SessionState =
  /** Finding out whether this browser is signed in; `unreachable` after a try that got no answer. */
  | { name: 'starting'; unreachable: boolean }
  | { name: 'signed_out'; notice: StopReason | undefined }
  | { name: 'signed_in'; user: Self }

export interface SessionOptions {
  api: Api
  tabs: Tabs
  clock: Clock
  random: () => number
  /** Remembers, without any secret, that a refresh is worth a try at the next visit. */
  memory: { get(): boolean; set(signedIn: boolean): void }
}

interface Token {
  value: string
  expiresAt: number
}

/** A token this close to its end is not used for anything new. */
const margin = 30_000
/** How long before its end a token is renewed, so that the open connection never outlives it. */
const ahead = 60_000

/**
 * Who is signed in in this browser. The access token lives only in the memory of the tabs, the refresh token only in an
 * HttpOnly cookie. Each refresh token works once, so tabs refresh one at a time and tell each other the result; signing
 * in or out in one tab does the same in all. A refresh that gets no answer leaves the session as it is; only the
 * server's no ends it.
 */
export class Session implements TokenSource {
  #options: SessionOptions
  #state: SessionState = { name: 'starting', unreachable: false }
  #token: Token | undefined
  #refreshing: Promise<string> | undefined
  #cancel: Cancel = () => undefined
  #listeners = new Set<() => void>()
  #tokenListeners = new Set<(token: string) => void>()

  constructor(options: SessionOptions) {
    this.#options = options
    options.tabs.listen((message) => this.#heard(message))
  }

  get state(): SessionState {
    return this.#state
  }

  /** For useSyncExternalStore. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Told every new token, for connections that stay open. */
  onToken(listener: (token: string) => void): () => void {
    this.#tokenListeners.add(listener)
    return () => this.#tokenListeners.delete(listener)
  }

  start(): void {
    if (this.#options.memory.get()) void this.#resume(0)
    else this.#signOut(undefined)
  }

  async login(username: string, password: string): Promise<void> {
    this.#adopt(await unwrap(this.#options.api.POST('/api/auth/login', { body: { username, password } })))
  }

  async register(username: string, password: string, displayName: string): Promise<void> {
    const body = displayName === '' ? { username, password } : { username, password, display_name: displayName }
    this.#adopt(await unwrap(this.#options.api.POST('/api/auth/register', { body })))
  }

  /** The person has changed their profile. */
  adoptUser(user: Self): void {
    const token = this.#token
    if (token === undefined) return
    this.#become({ name: 'signed_in', user })
    this.#options.tabs.tell({ kind: 'tokens', user, accessToken: token.value, expiresAt: token.expiresAt })
  }

  /** The person has closed their account; the other tabs learn it too. */
  closed(): void {
    this.end('account_closed')
    this.#options.tabs.tell({ kind: 'signed_out' })
  }

  /** Only the server can take the cookie away: without an answer the session stays, and the caller learns why. */
  async logout(): Promise<void> {
    const headers = { Authorization: `Bearer ${await this.token()}` }
    try {
      await unwrap(this.#options.api.POST('/api/auth/logout', { headers }))
    } catch (reason) {
      if (ApiError.from(reason).status !== 401) throw reason
    }
    this.end(undefined)
    this.#options.tabs.tell({ kind: 'signed_out' })
  }

  /** The session is over: the server said so on another way. */
  end(notice: StopReason | undefined): void {
    this.#options.memory.set(false)
    this.#signOut(notice)
  }

  token(): Promise<string> {
    const token = this.#token
    if (token !== undefined && token.expiresAt - margin > this.#options.clock.now()) return Promise.resolve(token.value)
    return this.renew()
  }

  renew(): Promise<string> {
    this.#refreshing ??= this.#refresh(this.#token?.value).finally(() => (this.#refreshing = undefined))
    return this.#refreshing
  }

  async #refresh(refused: string | undefined): Promise<string> {
    return this.#options.tabs.alone(async () => {
      // Another tab may have been quicker while this one waited for its turn.
      const token = this.#token
      if (token !== undefined && token.value !== refused) return token.value
      try {
        return this.#adopt(await unwrap(this.#options.api.POST('/api/auth/refresh', {})))
      } catch (reason) {
        const error = ApiError.from(reason)
        if (error.transient) throw error
        const revoked = error.code === 'session_revoked' || error.code === 'refresh_reused'
        const notice = revoked || this.#state.name === 'signed_in' ? 'session_revoked' : undefined
        this.end(notice)
        throw new SignedOut(notice)
      }
    })
  }

  async #resume(attempt: number): Promise<void> {
    try {
      await this.renew()
    } catch (reason) {
      if (reason instanceof SignedOut || this.#state.name !== 'starting') return
      this.#become({ name: 'starting', unreachable: true })
      const delay = 500 + fullJitter(attempt, this.#options.random)
      this.#cancel = this.#options.clock.after(delay, () => void this.#resume(attempt + 1))
    }
  }

  #adopt(response: TokenResponse): string {
    const token = { value: response.access_token, expiresAt: this.#options.clock.now() + response.expires_in * 1000 }
    this.#take(response.user, token)
    const { value: accessToken, expiresAt } = token
    this.#options.tabs.tell({ kind: 'tokens', user: response.user, accessToken, expiresAt })
    return token.value
  }

  #take(user: Self, token: Token): void {
    this.#token = token
    this.#options.memory.set(true)
    this.#cancel()
    const delay = Math.max(margin, token.expiresAt - ahead - this.#options.clock.now())
    this.#cancel = this.#options.clock.after(delay, () => void this.renew().catch(() => undefined))
    const known = this.#state.name === 'signed_in' ? this.#state.user : undefined
    if (JSON.stringify(known) !== JSON.stringify(user)) this.#become({ name: 'signed_in', user })
    if (known?.id === user.id) for (const listener of this.#tokenListeners) listener(token.value)
  }

  #heard(message: TabMessage): void {
    if (message.kind === 'tokens') this.#take(message.user, { value: message.accessToken, expiresAt: message.expiresAt })
    else if (this.#state.name === 'signed_in') this.#signOut(undefined)
  }

  #signOut(notice: StopReason | undefined): void {
    this.#cancel()
    this.#token = undefined
    this.#become({ name: 'signed_out', notice })
  }

  #become(state: SessionState): void {
    this.#state = state
    for (const listener of this.#listeners) listener()
  }
}
