import { randomUUID } from 'node:crypto'
import { Refusal } from './world'

/** Access tokens by value, and refresh tokens of which each works once. */
export class Tokens {
  /** Seconds until an access token ends. */
  lifetime = 900
  #access = new Map<string, { userId: string; until: number }>()
  #refresh = new Map<string, string>()

  issue(userId: string): { access: string; refresh: string } {
    const access = randomUUID()
    const refresh = randomUUID()
    this.#access.set(access, { userId, until: Date.now() + this.lifetime * 1000 })
    this.#refresh.set(refresh, userId)
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

  end(userId: string): void {
    for (const [refresh, id] of this.#refresh) if (id === userId) this.#refresh.delete(refresh)
  }
}
