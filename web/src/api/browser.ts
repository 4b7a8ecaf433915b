import type { Clock } from '../protocol/clock'
import { subprotocol } from '../protocol/frames'
import type { OpenSocket } from '../protocol/socket'

export const browserClock: Clock = {
  now: () => Date.now(),
  after: (milliseconds, action) => {
    const timer = setTimeout(action, milliseconds)
    return () => clearTimeout(timer)
  },
}

/** A random UUID (RFC 9562, version 4). crypto.randomUUID exists only in secure contexts, and a laptop's LAN is none. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** Sockets to the server that the page came from. */
export function browserSocket(origin: string): OpenSocket {
  const url = `${origin.replace(/^http/, 'ws')}/ws`
  return (handlers) => {
    const socket = new WebSocket(url, subprotocol)
    socket.onopen = () => handlers.opened()
    socket.onmessage = (event: MessageEvent) => {
      if (typeof event.data === 'string') handlers.received(event.data)
    }
    socket.onclose = (event) => handlers.closed(event.code)
    return {
      send: (text) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(text)
      },
      close: () => {
        socket.onopen = socket.onmessage = socket.onclose = null
        socket.close()
      },
    }
  }
}
