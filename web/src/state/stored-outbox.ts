import type { OutboxEntry, OutboxStore } from '../protocol/outbox-store'
import type { Database } from './database'

/** Which tabs are open. */
export interface OpenTabs {
  readonly own: string
  others(): Promise<ReadonlySet<string>>
}

/**
 * The outbox in IndexedDB. Every text belongs to the tab in which it was written, which alone sends it; the texts of a
 * tab that is gone go to the first that loads. When two load at once, the transaction lets one of them have each text.
 */
export class StoredOutbox implements OutboxStore {
  #database: Promise<Database>
  #tabs: OpenTabs

  constructor(database: Promise<Database>, tabs: OpenTabs) {
    this.#database = database
    this.#tabs = tabs
  }

  async load(): Promise<OutboxEntry[]> {
    const database = await this.#database
    const others = await this.#tabs.others()
    const transaction = database.transaction('outbox', 'readwrite')
    const mine: OutboxEntry[] = []
    for (const { tab, ...entry } of await transaction.store.getAll()) {
      if (others.has(tab)) continue
      mine.push(entry)
      if (tab !== this.#tabs.own) await transaction.store.put({ ...entry, tab: this.#tabs.own })
    }
    await transaction.done
    return mine.sort((a, b) => a.writtenAt - b.writtenAt)
  }

  async put(entry: OutboxEntry): Promise<void> {
    await (await this.#database).put('outbox', { ...entry, tab: this.#tabs.own })
  }

  async remove(clientMessageId: string): Promise<void> {
    await (await this.#database).delete('outbox', clientMessageId)
  }
}

const prefix = 'uim-tab-'

/**
 * Each tab holds a lock for as long as it lives; the browser lets go of it even when the tab crashes. Without locks
 * (no secure context) every other tab counts as gone: a text may then be sent by two tabs, which the server stores once.
 */
export function browserTabs(own: string): OpenTabs {
  const locks = navigator.locks as LockManager | undefined
  void locks?.request(prefix + own, () => new Promise(() => undefined))
  return {
    own,
    others: async () => {
      const held = (await locks?.query())?.held ?? []
      const names = held.map((lock) => lock.name ?? '').filter((name) => name.startsWith(prefix))
      return new Set(names.map((name) => name.slice(prefix.length)).filter((name) => name !== own))
    },
  }
}
