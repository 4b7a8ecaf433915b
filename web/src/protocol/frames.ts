import type {
  Conversation,
  FrameAuth,
  FrameConversationRemoved,
  FrameCursor,
  FrameError,
  FrameHello,
  FrameMessages,
  FrameMessageSend,
  FramePresenceSub,
  FrameReceipt,
  FrameSessionClosing,
  FrameTyping,
  FrameTypingSend,
  Message,
  MessageAck,
  Presence,
  SyncPage,
  SyncRequest,
} from './contract'

export const subprotocol = 'uim.v1'

export type ClientFrame =
  | { type: 'auth'; id: string; data: FrameAuth }
  | { type: 'ping'; id: string }
  | { type: 'message.send'; id: string; data: FrameMessageSend }
  | { type: 'delivered' | 'read'; data: FrameCursor }
  | { type: 'sync'; id: string; data: SyncRequest }
  | { type: 'typing'; data: FrameTypingSend }
  | { type: 'presence.sub' | 'presence.unsub'; data: FramePresenceSub }

interface ServerFrames {
  hello: FrameHello
  pong: unknown
  'message.ack': MessageAck
  'message.new': Message
  messages: FrameMessages
  'sync.page': SyncPage
  receipt: FrameReceipt
  typing: FrameTyping
  presence: Presence
  'conversation.updated': Conversation
  'conversation.removed': FrameConversationRemoved
  'session.closing': FrameSessionClosing
  error: FrameError
}

export type ServerFrame = {
  [T in keyof ServerFrames]: { type: T; re?: string; data: ServerFrames[T] }
}[keyof ServerFrames]

const understood: ReadonlySet<string> = new Set<ServerFrame['type']>([
  'hello',
  'pong',
  'message.ack',
  'message.new',
  'messages',
  'sync.page',
  'receipt',
  'typing',
  'presence',
  'conversation.updated',
  'conversation.removed',
  'session.closing',
  'error',
])

export function encodeFrame(frame: ClientFrame): string {
  return JSON.stringify(frame)
}

/**
 * Reads a frame of the server. Undefined for what a client must ignore: types it does not know, so that servers may
 * grow, and text that is no frame at all. The data of a known type is trusted to have the contract's shape.
 */
export function decodeFrame(text: string): ServerFrame | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || !('type' in value)) return undefined
  const { type } = value
  if (typeof type !== 'string' || !understood.has(type)) return undefined
  if (type !== 'pong' && !('data' in value && typeof value.data === 'object' && value.data !== null)) return undefined
  return value as ServerFrame
}
