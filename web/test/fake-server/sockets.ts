import { randomUUID } from 'node:crypto'
import type { WebSocket } from 'ws'
import type { ClientFrame, ServerFrame } from '../../src/protocol/frames'
import type { Tokens } from './tokens'
import { Refusal, type Listener, type World } from './world'

/** The frames of the contract for one socket. */
export function serveSocket(socket: WebSocket, world: World, tokens: Tokens): void {
  let me: string | undefined
  let listener: Listener | undefined
  const watched = new Set<string>()
  const say = (frame: ServerFrame) => socket.send(JSON.stringify(frame))

  const welcome = (id: string, token: string) => {
    me = tokens.userOf(token)
    listener ??= {
      userId: me,
      message: (data) => say({ type: 'message.new', data }),
      receipt: (conversation_id, user_id, delivered_seq, read_seq) =>
        say({ type: 'receipt', data: { conversation_id, user_id, delivered_seq, read_seq } }),
      removed: (conversation_id) => say({ type: 'conversation.removed', data: { conversation_id } }),
      typing: (conversation_id, user_id, expires_seconds) => say({ type: 'typing', data: { conversation_id, user_id, expires_seconds } }),
      updated: (data) => say({ type: 'conversation.updated', data }),
      presence: (data) => watched.has(data.user_id) && say({ type: 'presence', data }),
      closed: (code) => socket.close(code),
    }
    world.attach(listener)
    const limits = { content_code_points: 10_000, frame_bytes: 65_536, sends_in_flight: 16, messages_per_minute: 50, messages_per_hour: 500, group_members: 500 }
    say({ type: 'hello', re: id, data: { session_id: randomUUID(), user_id: me, server_time: new Date().toISOString(), heartbeat_seconds: 30, limits } })
  }

  const answer = (frame: ClientFrame) => {
    if (frame.type === 'auth') return welcome(frame.id, frame.data.token)
    if (me === undefined) return socket.close(4504)
    switch (frame.type) {
      case 'ping':
        return say({ type: 'pong', re: frame.id, data: {} })
      case 'sync':
        return say({ type: 'sync.page', re: frame.id, data: world.sync(me, frame.data.known ?? []) })
      case 'delivered':
      case 'read':
        return world.move(me, frame.data.conversation_id, frame.type, frame.data.seq)
      case 'typing':
        return world.typing(me, frame.data.conversation_id, frame.data.on)
      case 'presence.sub':
        for (const id of frame.data.user_ids) {
          watched.add(id)
          say({ type: 'presence', data: world.presence(id) })
        }
        return
      case 'presence.unsub':
        for (const id of frame.data.user_ids) watched.delete(id)
        return
      case 'message.send': {
        const { conversation_id, client_msg_id, content } = frame.data
        return say({ type: 'message.ack', re: frame.id, data: world.send(me, conversation_id, client_msg_id, content) })
      }
    }
  }

  socket.on('message', (raw: Buffer) => {
    const frame = JSON.parse(raw.toString()) as ClientFrame
    try {
      answer(frame)
    } catch (reason) {
      const refusal = reason instanceof Refusal ? reason : new Refusal(500, 'internal')
      if (frame.type === 'auth') socket.close(4401)
      else say({ type: 'error', ...('id' in frame ? { re: frame.id } : {}), data: { code: refusal.code, detail: refusal.code, retryable: refusal.status >= 500 } })
    }
  })
  socket.on('close', () => listener && world.detach(listener))
}
