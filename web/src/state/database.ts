import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import type { OutboxEntry } from '../protocol/outbox-store'

interface Schema extends DBSchema {
  /** Texts on their way; `tab` is the one that sends them. */
  outbox: { key: string; value: OutboxEntry & { tab: string } }
  drafts: { key: string; value: { conversationId: string; text: string } }
}

export type Database = IDBPDatabase<Schema>

/** Each person has a database, so that accounts that share a browser never see or send each other's texts. */
export function openDatabase(userId: string): Promise<Database> {
  return openDB<Schema>(`uim-${userId}`, 1, {
    upgrade: (database) => {
      database.createObjectStore('outbox', { keyPath: 'clientMessageId' })
      database.createObjectStore('drafts', { keyPath: 'conversationId' })
    },
    // A tab with a newer client wants to change the schema: make way.
    blocking: (_from, _to, event) => (event.target as IDBDatabase).close(),
  })
}
