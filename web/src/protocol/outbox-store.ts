import type { ErrorCode } from './contract'

/** A text that somebody wrote and the server has not acknowledged. */
export interface OutboxEntry {
  clientMessageId: string
  conversationId: string
  content: string
  /** When it was written, milliseconds since 1970; also the order within a conversation. */
  writtenAt: number
  /** Set once the server has refused it for good; it then waits for the person. */
  failure?: OutboxFailure
}

export interface OutboxFailure {
  code: ErrorCode
  detail: string
}

/**
 * Where unsent texts survive a closed tab. load() answers the entries that belong to this tab, including those it takes
 * over from tabs that are gone, in the order of writing.
 */
export interface OutboxStore {
  load(): Promise<OutboxEntry[]>
  put(entry: OutboxEntry): Promise<void>
  remove(clientMessageId: string): Promise<void>
}
