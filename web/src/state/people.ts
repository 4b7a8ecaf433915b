import type { User } from '../protocol/contract'

export interface PeopleOptions {
  now: () => number
  /** Undefined when there is nobody of this id for the asker. Rejects when there is no answer. */
  fetch: (userId: string) => Promise<User | undefined>
  changed: (people: ReadonlyMap<string, User>) => void
}

/** Who has not been on the screen for longest is forgotten first. */
const bound = 2_000
const atOnce = 4
/** Nobody is asked about twice in this time, whatever the answer was. */
const staleAfter = 10 * 60_000

/**
 * Names and faces of the people whose messages are on the screen. What other answers bring along is learnt; who is then
 * still unknown is asked for, one request a person and a few at a time. Bounded: a group may have any number of members.
 */
export class People {
  #options: PeopleOptions
  /** In the order of when somebody last cared, the latest last. */
  #known = new Map<string, User>()
  #askedAt = new Map<string, number>()
  #queue = new Set<string>()
  #running = 0

  constructor(options: PeopleOptions) {
    this.#options = options
  }

  learn(users: Iterable<User>): void {
    const now = this.#options.now()
    let news = false
    for (const user of users) {
      const before = this.#known.get(user.id)
      this.#known.delete(user.id)
      this.#known.set(user.id, before !== undefined && same(before, user) ? before : user)
      this.#askedAt.set(user.id, now)
      news ||= this.#known.get(user.id) !== before
    }
    for (const id of this.#known.keys()) {
      if (this.#known.size <= bound) break
      this.#known.delete(id)
    }
    for (const id of this.#askedAt.keys()) {
      if (this.#askedAt.size <= bound) break
      this.#askedAt.delete(id)
    }
    if (news) this.#options.changed(new Map(this.#known))
  }

  /** These are on the screen now. */
  want(ids: Iterable<string>): void {
    for (const id of ids) {
      const known = this.#known.get(id)
      if (known !== undefined) {
        this.#known.delete(id)
        this.#known.set(id, known)
      }
      const asked = this.#askedAt.get(id)
      if (asked === undefined || this.#options.now() - asked > staleAfter) this.#queue.add(id)
    }
    this.#pump()
  }

  #pump(): void {
    for (const id of this.#queue) {
      if (this.#running >= atOnce) return
      this.#queue.delete(id)
      this.#askedAt.delete(id)
      this.#askedAt.set(id, this.#options.now())
      this.#running++
      void this.#ask(id)
    }
  }

  async #ask(id: string): Promise<void> {
    try {
      const user = await this.#options.fetch(id)
      if (user !== undefined) this.learn([user])
    } catch {
      // Asked again when the person is next on the screen.
      this.#askedAt.delete(id)
    } finally {
      this.#running--
      this.#pump()
    }
  }
}

function same(a: User, b: User): boolean {
  return a.display_name === b.display_name && a.username === b.username && a.avatar_url === b.avatar_url && a.deleted === b.deleted
}
