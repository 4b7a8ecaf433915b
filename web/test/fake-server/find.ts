import type { Message, Receipt, SearchHit } from '../../src/protocol/contract'
import type { Call } from './http'
import { Refusal, type Room, type Track, type World } from './world'

type Done = (status: number, body?: unknown) => void

/** Search, and who has got a message. Reports whether the call was one of these routes. */
export function findRoutes(world: World, call: Call, done: Done): boolean {
  const [, , area, id = '', part, sub] = call.url.pathname.split('/')
  if (area === 'messages' && part === 'receipts') {
    const { room, message } = messageOf(world, call.me(), id)
    const items = room.members.filter((one) => one !== call.me()).map((one) => receiptOf(world, call.me(), room, one, message.seq))
    const count = (what: (receipt: Receipt) => boolean) => items.filter(what).length
    done(200, { items, next_cursor: null, delivered_count: count((one) => one.delivered), read_count: count((one) => one.read) })
    return true
  }
  if (area !== 'conversations' || part !== 'messages' || sub !== 'search') return false
  const parameters = call.url.searchParams
  const query = parameters.get('q') ?? ''
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  if (/^\p{Script=Han}$/u.test(query.trim())) throw new Refusal(422, 'validation_failed', [{ field: 'q', code: 'too_short', detail: 'too short' }])
  const from = Date.parse(parameters.get('from') ?? '') || 0
  const to = Date.parse(parameters.get('to') ?? '') || Infinity
  const sender = parameters.get('sender')
  const found = world.visible(call.me(), world.room(call.me(), id)).filter(({ type, content, created_at, sender_id }) => {
    const at = Date.parse(created_at)
    return type === 'text' && at >= from && at < to && (sender === null || sender === sender_id) && words.every((word) => content.toLowerCase().includes(word))
  })
  const start = Number(parameters.get('cursor') ?? 0)
  const limit = Number(parameters.get('limit') ?? 50)
  const hits = found.reverse().slice(start, start + limit).map((message): SearchHit => ({ ...message, highlights: highlights(message.content, words) }))
  done(200, { items: hits, next_cursor: start + limit < found.length ? String(start + limit) : null })
  return true
}

/** In code points, as the contract counts. */
function highlights(content: string, words: readonly string[]): [number, number][] {
  const letters = Array.from(content.toLowerCase())
  const spans = words.flatMap((word) => {
    const wanted = Array.from(word)
    return letters.flatMap((_, at): [number, number][] => (wanted.every((one, i) => letters[at + i] === one) ? [[at, at + wanted.length]] : []))
  })
  return spans.sort(([a], [b]) => a - b).filter(([start], i, all) => i === 0 || start >= (all[i - 1]?.[1] ?? 0))
}

function receiptOf(world: World, me: string, room: Room, userId: string, seq: number): Receipt {
  const when = (track: Track | undefined) => track?.find((one) => one.seq >= seq)?.at
  const delivered = when(room.delivered.get(userId))
  const read = world.showRead(me, userId) ? when(room.read.get(userId)) : undefined
  const states = { delivered: delivered !== undefined, read: read !== undefined }
  return { user_id: userId, ...states, ...(delivered === undefined ? {} : { delivered_at: delivered }), ...(read === undefined ? {} : { read_at: read }) }
}

function messageOf(world: World, me: string, id: string): { room: Room; message: Message } {
  for (const room of world.rooms.values()) {
    const message = room.messages.find((one) => one.id === id)
    if (message !== undefined && room.members.includes(me)) return { room, message }
  }
  throw new Refusal(404, 'not_found')
}
