import { decodeFrame, type ClientFrame, type ServerFrame } from '../../src/protocol/frames'
import type { OpenSocket, SocketHandlers } from '../../src/protocol/socket'

/** Frames of a type; several types may share a shape. */
type FrameOf<T extends ClientFrame['type']> = ClientFrame extends infer F ? (F extends { type: infer U } ? (T extends U ? F : never) : never) : never

/** The far end of one WebSocket. */
export class FakePeer {
  readonly frames: ClientFrame[] = []
  closed = false

  constructor(readonly handlers: SocketHandlers) {}

  open(): void {
    this.handlers.opened()
  }

  say(frame: ServerFrame): void {
    const text = JSON.stringify(frame)
    if (decodeFrame(text) === undefined) throw new Error(`no frame of the contract: ${text}`)
    this.handlers.received(text)
  }

  close(code: number): void {
    this.closed = true
    this.handlers.closed(code)
  }

  sent<T extends ClientFrame['type']>(type: T): FrameOf<T>[] {
    return this.frames.filter((frame) => frame.type === type) as FrameOf<T>[]
  }

  hello(): void {
    this.say({
      type: 'hello',
      data: {
        session_id: 's',
        user_id: 'me',
        server_time: '2026-01-01T00:00:00.000Z',
        heartbeat_seconds: 30,
        limits: {
          content_code_points: 10_000,
          frame_bytes: 65_536,
          sends_in_flight: 16,
          messages_per_minute: 50,
          messages_per_hour: 500,
          group_members: 500,
        },
      },
    })
  }
}

/** Every socket that the client opened, the newest last. */
export class FakeWire {
  readonly peers: FakePeer[] = []

  readonly openSocket: OpenSocket = (handlers) => {
    const peer = new FakePeer(handlers)
    this.peers.push(peer)
    return {
      send: (text) => peer.frames.push(JSON.parse(text) as ClientFrame),
      close: () => {
        peer.closed = true
      },
    }
  }

  get peer(): FakePeer {
    const peer = this.peers.at(-1)
    if (peer === undefined) throw new Error('no socket was opened')
    return peer
  }
}
