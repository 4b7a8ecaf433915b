import type { OutboxEntry, OutboxStore } from '../../src/protocol/outbox-store'

export class MemoryOutbox implements OutboxStore {
  readonly entries = new Map<string, OutboxEntry>()

  load(): Promise<OutboxEntry[]> {
    return Promise.resolve([...this.entries.values()])
  }

  put(entry: OutboxEntry): Promise<void> {
    this.entries.set(entry.clientMessageId, entry)
    return Promise.resolve()
  }

  remove(clientMessageId: string): Promise<void> {
    this.entries.delete(clientMessageId)
    return Promise.resolve()
  }
}
