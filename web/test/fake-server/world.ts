import { randomUUID } from 'node:crypto'
import { codePoints } from '../../src/ui/chat/content'
import type { Conversation, ConversationSettings, ErrorCode, Message, MessageAck, Presence, Self, SyncPage, UpdateMeRequest, User } from '../../src/protocol/contract'

export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: ErrorCode,
    readonly errors: { field: string; code: string; detail: string }[] = [],
    readonly retryAfter?: number,
  ) {
    super(code)
  }
}

interface Person {
  self: Self
  password: string
  deleted?: boolean
}

interface Room {
  id: string
  createdAt: string
  members: string[]
  messages: Message[]
  read: Map<string, number>
  delivered: Map<string, number>
  settings: Map<string, ConversationSettings>
}

/** Tells members of what happened. */
export interface Listener {
  userId: string
  message(message: Message): void
  receipt(conversationId: string, userId: string, delivered: number, read: number): void
  updated(conversation: Conversation): void
  presence(presence: Presence): void
  closed(code: number): void
}

const now = () => new Date().toISOString()

/** People, conversations and messages in memory, by the contract's rules as far as the client can see them. */
export class World {
  readonly people = new Map<string, Person>()
  readonly rooms = new Map<string, Room>()
  readonly listeners = new Set<Listener>()
  /** Who blocks whom. */
  readonly blocks = new Map<string, Set<string>>()
  readonly lastSeen = new Map<string, string>()

  register(username: string, password: string, displayName = username): Self {
    const errors = []
    if (!/^[a-zA-Z0-9_.-]*$/.test(username)) errors.push({ field: 'username', code: 'invalid_characters', detail: 'characters' })
    else if (username.length < 3) errors.push({ field: 'username', code: 'too_short', detail: 'short' })
    if (password.length < 8) errors.push({ field: 'password', code: 'too_short', detail: 'short' })
    if (Buffer.byteLength(password) > 72) errors.push({ field: 'password', code: 'too_long', detail: 'long' })
    if (errors.length > 0) throw new Refusal(422, 'validation_failed', errors)
    if (this.#byName(username) !== undefined) throw new Refusal(409, 'username_taken')
    const self: Self = {
      id: randomUUID(),
      username,
      display_name: displayName,
      created_at: now(),
      privacy: { read_receipts: true, typing: true, last_seen: true },
    }
    this.people.set(self.id, { self, password })
    return self
  }

  login(username: string, password: string): Self {
    const person = this.#byName(username)
    if (person?.password !== password || person.deleted === true) throw new Refusal(401, 'invalid_credentials')
    return person.self
  }

  user(id: string): User {
    const person = this.people.get(id)
    if (person === undefined) throw new Refusal(404, 'not_found')
    const { username, display_name, avatar_url, created_at } = person.self
    if (person.deleted === true) return { id, username: '~deleted', display_name: 'Deleted user', created_at, deleted: true }
    return { id, username, display_name, created_at, ...(avatar_url === undefined ? {} : { avatar_url }) }
  }

  search(query: string): User[] {
    const wanted = query.toLowerCase()
    const matches = [...this.people.values()].filter(({ self, deleted }) => deleted !== true &&
      [self.username, ...self.display_name.split(' ')].some((word) => word.toLowerCase().startsWith(wanted)),
    )
    return matches.map(({ self }) => this.user(self.id))
  }

  open(me: string, other: string): { conversation: Conversation; created: boolean } {
    this.user(other)
    const known = [...this.rooms.values()].find(({ members }) => members.includes(me) && members.includes(other))
    if (known !== undefined) return { conversation: this.view(me, known.id), created: false }
    const room: Room = { id: randomUUID(), createdAt: now(), members: [me, other], messages: [], read: new Map(), delivered: new Map(), settings: new Map() }
    this.rooms.set(room.id, room)
    return { conversation: this.view(me, room.id), created: true }
  }

  list(me: string): Conversation[] {
    const mine = [...this.rooms.values()].filter(({ members }) => members.includes(me))
    return mine.map(({ id }) => this.view(me, id)).sort((a, b) => b.updated_at.localeCompare(a.updated_at))
  }

  view(me: string, id: string): Conversation {
    const room = this.#room(me, id)
    const peer = room.members.find((member) => member !== me) ?? me
    const read = room.read.get(me) ?? 0
    const last = room.messages.at(-1)
    return {
      id,
      kind: 'direct',
      created_by: room.members[0] ?? me,
      created_at: room.createdAt,
      updated_at: last?.created_at ?? room.createdAt,
      member_count: 2,
      my_role: 'member',
      last_seq: room.messages.length,
      ...(last === undefined ? {} : { last_message: last }),
      unread_count: room.messages.filter((message) => message.seq > read && message.sender_id !== me).length,
      my_read_seq: read,
      my_delivered_seq: room.delivered.get(me) ?? 0,
      settings: room.settings.get(me) ?? { notifications: 'all', pinned: false, archived: false },
      peer: this.user(peer),
      ...(this.#showRead(me, peer) ? { peer_read_seq: room.read.get(peer) ?? 0 } : {}),
      peer_delivered_seq: room.delivered.get(peer) ?? 0,
    }
  }

  history(me: string, id: string, before: number | undefined, after: number | undefined, limit: number): Message[] {
    const { messages } = this.#room(me, id)
    if (after !== undefined) return messages.filter(({ seq }) => seq > after).slice(0, limit)
    return messages.filter(({ seq }) => seq < (before ?? Infinity)).slice(-limit)
  }

  send(me: string, id: string, clientMessageId: string, content: string, createdAt = now()): MessageAck {
    const room = this.#room(me, id)
    const text = content.trim()
    if (text === '' || codePoints(text) > 10_000) throw new Refusal(422, 'validation_failed')
    const known = room.messages.find((message) => message.sender_id === me && message.client_msg_id === clientMessageId)
    const message: Message = known ?? {
      id: randomUUID(),
      conversation_id: id,
      seq: room.messages.length + 1,
      sender_id: me,
      client_msg_id: clientMessageId,
      type: 'text',
      content: text,
      created_at: createdAt,
    }
    if (known === undefined && this.#apart(room)) throw new Refusal(403, 'blocked')
    if (known === undefined) room.messages.push(message)
    for (const [member, settings] of room.settings) room.settings.set(member, { ...settings, archived: false })
    for (const listener of this.listeners) if (room.members.includes(listener.userId)) listener.message(message)
    return {
      conversation_id: id,
      client_msg_id: clientMessageId,
      message_id: message.id,
      seq: message.seq,
      created_at: message.created_at,
      duplicate: known !== undefined,
    }
  }

  move(me: string, id: string, kind: 'delivered' | 'read', seq: number): void {
    const room = this.#room(me, id)
    const forward = (cursors: Map<string, number>) =>
      cursors.set(me, Math.max(cursors.get(me) ?? 0, Math.min(seq, room.messages.length)))
    forward(room.delivered)
    if (kind === 'read') forward(room.read)
    for (const listener of this.listeners) {
      if (room.members.includes(listener.userId) && listener.userId !== me) {
        listener.receipt(id, me, room.delivered.get(me) ?? 0, this.#showRead(listener.userId, me) ? (room.read.get(me) ?? 0) : 0)
      }
    }
  }

  sync(me: string, known: ReadonlyMap<string, number>): SyncPage {
    const conversations = this.list(me).filter(({ id, last_seq }) => known.get(id) !== last_seq)
    const messages = conversations.flatMap(({ id }) => this.history(me, id, undefined, undefined, 100).filter(({ seq }) => seq > (known.get(id) ?? 0)))
    return { conversations, messages, removed_ids: [], has_more: false }
  }

  set(me: string, id: string, settings: ConversationSettings): Conversation {
    this.#room(me, id).settings.set(me, settings)
    const view = this.view(me, id)
    for (const listener of this.listeners) if (listener.userId === me) listener.updated(view)
    return view
  }

  change(me: string, change: UpdateMeRequest): Self {
    const { self } = this.#person(me)
    const errors = []
    if (change.display_name === '') errors.push({ field: 'display_name', code: 'required', detail: 'required' })
    if (change.avatar_url !== undefined && !/^(https:.*)?$/.test(change.avatar_url)) errors.push({ field: 'avatar_url', code: 'invalid', detail: 'https' })
    if (change.email !== undefined && !/^(.+@.+)?$/.test(change.email)) errors.push({ field: 'email', code: 'invalid', detail: 'email' })
    if (errors.length > 0) throw new Refusal(422, 'validation_failed', errors)
    Object.assign(self, change, { privacy: { ...self.privacy, ...change.privacy } })
    this.#tellPeers(me)
    return self
  }

  changePassword(me: string, current: string, next: string): void {
    const person = this.#person(me)
    if (person.password !== current) throw new Refusal(401, 'invalid_credentials', [{ field: 'current_password', code: 'wrong', detail: 'wrong' }])
    const code = next.length < 8 ? 'too_short' : next === 'password' ? 'too_common' : next === current ? 'unchanged' : undefined
    if (code !== undefined) throw new Refusal(422, 'validation_failed', [{ field: 'new_password', code, detail: code }])
    person.password = next
  }

  remove(me: string, password: string): void {
    const person = this.#person(me)
    if (person.password !== password) throw new Refusal(401, 'invalid_credentials', [{ field: 'password', code: 'wrong', detail: 'wrong' }])
    person.deleted = true
    this.#tellPeers(me)
    for (const listener of this.listeners) if (listener.userId === me) listener.closed(4502)
  }

  block(me: string, other: string, blocked: boolean): void {
    this.user(other)
    const people = this.blocks.get(me) ?? new Set()
    this.blocks.set(me, people)
    if (blocked) people.add(other)
    else people.delete(other)
  }

  presence(id: string): Presence {
    if ([...this.listeners].some(({ userId }) => userId === id)) return { user_id: id, status: 'online' }
    const seen = this.lastSeen.get(id)
    return { user_id: id, status: 'offline', ...(seen === undefined ? {} : { last_seen: seen }) }
  }

  attach(listener: Listener): void {
    this.listeners.add(listener)
    for (const one of this.listeners) one.presence(this.presence(listener.userId))
  }

  detach(listener: Listener): void {
    this.listeners.delete(listener)
    this.lastSeen.set(listener.userId, now())
    for (const one of this.listeners) one.presence(this.presence(listener.userId))
  }

  #showRead(viewer: string, of: string): boolean {
    return [viewer, of].every((id) => this.people.get(id)?.self.privacy.read_receipts === true)
  }

  #apart({ members }: Room): boolean {
    return members.some((one) => this.people.get(one)?.deleted === true || members.some((other) => this.blocks.get(one)?.has(other)))
  }

  #tellPeers(me: string): void {
    for (const room of this.rooms.values()) {
      if (!room.members.includes(me)) continue
      for (const listener of this.listeners) if (room.members.includes(listener.userId)) listener.updated(this.view(listener.userId, room.id))
    }
  }

  #person(id: string): Person {
    const person = this.people.get(id)
    if (person === undefined) throw new Refusal(401, 'unauthenticated')
    return person
  }

  #room(me: string, id: string): Room {
    const room = this.rooms.get(id)
    if (room?.members.includes(me) !== true) throw new Refusal(404, 'not_found')
    return room
  }

  #byName(username: string): Person | undefined {
    return [...this.people.values()].find(({ self }) => self.username.toLowerCase() === username.toLowerCase())
  }
}
