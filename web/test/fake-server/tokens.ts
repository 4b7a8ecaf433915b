import { randomUUID } from 'node:crypto'
import type { SessionInfo } from '../../src/protocol/contract'
import { Refusal } from './world'

/** Access tokens by value, and refresh tokens of which each works once. */
export class Tokens {
  /** Seconds until an access token ends. */
  lifetime = 900
  #access = new Map<string, { userId: string; until: number }>()
  #refresh = new Map<string, string>()
  /** When each sign-in began, by its access token. */
  #since = new Map<string, string>()

  issue(userId: string): { access: string; refresh: string } {
    const access = randomUUID()
    const refresh = randomUUID()
    this.#access.set(access, { userId, until: Date.now() + this.lifetime * 1000 })
    this.#refresh.set(refresh, userId)
    this.#since.set(access, new Date().toISOString())
    return { access, refresh }
  }

  trade(refresh: string | undefined): string {
    const userId = this.#refresh.get(refresh ?? '')
    if (userId === undefined) throw new Refusal(401, refresh === undefined ? 'unauthenticated' : 'refresh_reused')
    this.#refresh.delete(refresh ?? '')
    return userId
  }

  userOf(access: string | undefined): string {
    const found = this.#access.get(access ?? '')
    if (found === undefined) throw new Refusal(401, 'unauthenticated')
    if (found.until < Date.now()) throw new Refusal(401, 'token_expired')
    return found.userId
  }

  /** Each access token stands for a sign-in here. */
  sessions(access: string | undefined): SessionInfo[] {
    const me = this.userOf(access)
    return [...this.#access].filter(([, { userId }]) => userId === me).map(([id, { until }]) => {
      const at = this.#since.get(id) ?? ''
      return { id, device_name: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36', created_at: at, last_used_at: at,
        expires_at: new Date(until).toISOString(), current: id === access }
    })
  }

  revoke(access: string): void {
    this.#access.delete(access)
  }

  end(userId: string): void {
    for (const [refresh, id] of this.#refresh) if (id === userId) this.#refresh.delete(refresh)
  }
}
