/**
 * The part of a WebSocket that the protocol uses. Handlers are set once, before anything can happen, and `closed` is
 * the last to be called. After close() nothing is called any more: a dead network can keep the real close event back
 * for minutes, and nobody wants to wait for it.
 */
export interface Socket {
  send(text: string): void
  close(code?: number): void
}

export interface SocketHandlers {
  opened(): void
  received(text: string): void
  closed(code: number): void
}

export type OpenSocket = (handlers: SocketHandlers) => Socket
