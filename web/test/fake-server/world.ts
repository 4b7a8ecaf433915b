import { createHash, randomUUID } from 'node:crypto'
import { unreadAmong, withUnread } from '../../src/state/unread'
import { codePoints } from '../../src/ui/chat/content'
import type { Conversation, ConversationSettings, ErrorCode, KnownConversation, Message, MessageAck, Permission, Presence, Self, SyncPage, SystemEvent, UpdateMeRequest, User } from '../../src/protocol/contract'

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

export type Role = 'owner' | 'admin' | 'member'

/** What a room is beside its messages when it is a group's. */
export interface Group {
  name: string
  description: string
  avatar: string
  historyVisible: boolean
  createdBy: string
  roles: Map<string, Role>
  joined: Map<string, { seq: number; at: string }>
}

/** When a cursor came to which seq. */
export type Track = { seq: number; at: string }[]

export interface Room {
  id: string
  createdAt: string
  members: string[]
  group?: Group
  messages: Message[]
  read: Map<string, Track>
  delivered: Map<string, Track>
  settings: Map<string, ConversationSettings>
}

/** Tells members of what happened. */
export interface Listener {
  userId: string
  message(message: Message): void
  receipt(conversationId: string, userId: string, delivered: number, read: number): void
  updated(conversation: Conversation): void
  removed(conversationId: string): void
  typing(conversationId: string, userId: string, seconds: number): void
  presence(presence: Presence): void
  closed(code: number): void
}

const now = () => new Date().toISOString()

const permissions: Record<Role, Permission[]> = {
  owner: ['send', 'mention_all', 'update', 'invite', 'add_members', 'remove_members', 'change_roles', 'transfer_ownership', 'delete'],
  admin: ['send', 'mention_all', 'update', 'invite', 'add_members', 'remove_members'],
  member: ['send'],
}

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
    const found = [...this.people.values()].filter(({ self, deleted }) => deleted !== true && matches(wanted, `${self.username} ${self.display_name}`))
    return found.map(({ self }) => this.user(self.id))
  }

  open(me: string, other: string): { conversation: Conversation; created: boolean } {
    this.user(other)
    const known = [...this.rooms.values()].find(({ members, group }) => group === undefined && members.includes(me) && members.includes(other))
    if (known !== undefined) return { conversation: this.view(me, known.id), created: false }
    const room: Room = { id: randomUUID(), createdAt: now(), members: [me, other], messages: [], read: new Map(), delivered: new Map(), settings: new Map() }
    this.rooms.set(room.id, room)
    return { conversation: this.view(me, room.id), created: true }
  }

  list(me: string, query = ''): Conversation[] {
    const mine = [...this.rooms.values()].filter((room) => room.members.includes(me) && matches(query, this.#words(me, room)))
    return mine.map(({ id }) => this.view(me, id)).sort((a, b) => b.updated_at.localeCompare(a.updated_at))
  }

  view(me: string, id: string): Conversation {
    const room = this.room(me, id)
    const { group } = room
    const last = room.messages.at(-1)
    const read = place(room.read.get(me))
    const described = {
      id,
      created_at: room.createdAt,
      updated_at: last?.created_at ?? room.createdAt,
      member_count: room.members.length,
      last_seq: room.messages.length,
      ...(last === undefined ? {} : { last_message: last }),
      unread_count: 0,
      my_read_seq: read,
      my_delivered_seq: place(room.delivered.get(me)),
      settings: room.settings.get(me) ?? { notifications: 'all' as const, pinned: false, archived: false },
      ...(group === undefined ? this.#direct(me, room) : this.#group(me, group)),
    }
    const lasting = { ...described, last_seq: 0, last_message: undefined, updated_at: '' }
    const version = createHash('sha1').update(JSON.stringify(lasting)).digest('hex')
    return withUnread({ ...described, version }, unreadAmong(this.visible(me, room), read, me))
  }

  #direct(me: string, room: Room) {
    const peer = room.members.find((member) => member !== me) ?? me
    return {
      kind: 'direct' as const,
      created_by: room.members[0] ?? me,
      my_role: 'member' as const,
      peer: this.user(peer),
      ...(this.showRead(me, peer) ? { peer_read_seq: place(room.read.get(peer)) } : {}),
      peer_delivered_seq: place(room.delivered.get(peer)),
    }
  }

  #group(me: string, group: Group) {
    const role = group.roles.get(me) ?? 'member'
    return {
      kind: 'group' as const,
      name: group.name,
      ...(group.description === '' ? {} : { description: group.description }),
      ...(group.avatar === '' ? {} : { avatar_url: group.avatar }),
      history_visible: group.historyVisible,
      created_by: group.createdBy,
      my_role: role,
      my_permissions: permissions[role],
    }
  }

  visible(me: string, { messages, group }: Room): Message[] {
    const from = group === undefined || group.historyVisible ? 0 : (group.joined.get(me)?.seq ?? 0)
    return messages.filter(({ seq }) => seq > from)
  }

  history(me: string, id: string, at: { before?: number | undefined; after?: number | undefined; around?: number | undefined }, limit: number): Message[] {
    const messages = this.visible(me, this.room(me, id))
    const { before, after, around } = at
    if (after !== undefined) return messages.filter(({ seq }) => seq > after).slice(0, limit)
    if (around === undefined) return messages.filter(({ seq }) => seq < (before ?? Infinity)).slice(-limit)
    const half = Math.floor(limit / 2)
    return messages.filter(({ seq }) => seq >= around - half && seq < around + half)
  }

  send(me: string, id: string, clientMessageId: string, content: string, createdAt = now()): MessageAck {
    const room = this.room(me, id)
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
      ...this.#calls(me, room, text),
      created_at: createdAt,
    }
    if (known === undefined && this.#apart(room)) throw new Refusal(403, 'blocked')
    if (known === undefined) room.messages.push(message)
    for (const [member, settings] of room.settings) room.settings.set(member, { ...settings, archived: false })
    this.tell(room, (listener) => listener.message(message))
    return {
      conversation_id: id,
      client_msg_id: clientMessageId,
      message_id: message.id,
      seq: message.seq,
      created_at: message.created_at,
      duplicate: known !== undefined,
    }
  }

  /** Writes down what happened to a group, for its members to see. */
  notice(room: Room, event: SystemEvent): void {
    const message: Message = { id: randomUUID(), conversation_id: room.id, seq: room.messages.length + 1, type: 'system', content: event.kind, event: { ...event }, created_at: now() }
    room.messages.push(message)
    this.tell(room, (listener) => listener.message(message))
    this.tell(room, (listener) => listener.updated(this.view(listener.userId, room.id)))
  }

  tell(room: Room, say: (listener: Listener) => void): void {
    for (const listener of this.listeners) if (room.members.includes(listener.userId)) say(listener)
  }

  typing(me: string, id: string, on: boolean): void {
    const shows = (user: string) => this.people.get(user)?.self.privacy.typing === true
    if (!shows(me)) return
    this.tell(this.room(me, id), (listener) => listener.userId !== me && shows(listener.userId) && listener.typing(id, me, on ? 5 : 0))
  }

  move(me: string, id: string, kind: 'delivered' | 'read', seq: number): void {
    const room = this.room(me, id)
    const end = Math.min(seq, room.messages.length)
    for (const cursors of kind === 'read' ? [room.delivered, room.read] : [room.delivered]) {
      const track = cursors.get(me) ?? []
      if (end > place(track)) cursors.set(me, [...track, { seq: end, at: now() }])
    }
    this.tell(room, (listener) => {
      const shown = listener.userId === me || this.showRead(listener.userId, me)
      const read = shown ? place(room.read.get(me)) : 0
      listener.receipt(id, me, place(room.delivered.get(me)), read)
    })
  }

  sync(me: string, known: readonly KnownConversation[]): SyncPage {
    const held = new Map(known.map((one) => [one.conversation_id, one]))
    const mine = this.list(me)
    const conversations = mine.filter(({ id, last_seq, version }) => held.get(id)?.seq !== last_seq || held.get(id)?.version !== version)
    const messages = conversations.flatMap(({ id }) => this.history(me, id, {}, 100).filter(({ seq }) => seq > (held.get(id)?.seq ?? 0)))
    const removed_ids = known.map((one) => one.conversation_id).filter((id) => !mine.some((one) => one.id === id))
    return { conversations, messages, removed_ids, has_more: false }
  }

  set(me: string, id: string, settings: ConversationSettings): Conversation {
    this.room(me, id).settings.set(me, settings)
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

  showRead(viewer: string, of: string): boolean {
    return [viewer, of].every((id) => this.people.get(id)?.self.privacy.read_receipts === true)
  }

  #calls(me: string, { members, group }: Room, text: string): Pick<Message, 'mentions' | 'mentions_all'> {
    const names = new Set([...text.matchAll(/(?<![\w.-])@([\w.-]*\w)/g)].map((match) => (match[1] ?? '').toLowerCase()))
    if (group === undefined || names.size === 0) return {}
    const called = members.filter((id) => names.has(this.user(id).username.toLowerCase()))
    const all = names.has('all') && permissions[group.roles.get(me) ?? 'member'].includes('mention_all')
    return { ...(called.length === 0 ? {} : { mentions: called }), ...(all ? { mentions_all: true } : {}) }
  }

  #words(me: string, { members, group }: Room): string {
    const people = members.filter((id) => id !== me).map((id) => this.user(id))
    return [group?.name, group?.description, ...people.flatMap(({ username, display_name }) => [username, display_name])].join(' ')
  }

  #apart({ members, group }: Room): boolean {
    return group === undefined && members.some((one) => this.people.get(one)?.deleted === true || members.some((other) => this.blocks.get(one)?.has(other)))
  }

  #tellPeers(me: string): void {
    for (const room of this.rooms.values()) {
      if (room.members.includes(me)) this.tell(room, (listener) => listener.updated(this.view(listener.userId, room.id)))
    }
  }

  #person(id: string): Person {
    const person = this.people.get(id)
    if (person === undefined) throw new Refusal(401, 'unauthenticated')
    return person
  }

  room(me: string, id: string): Room {
    const room = this.rooms.get(id)
    if (room?.members.includes(me) !== true) throw new Refusal(404, 'not_found')
    return room
  }

  #byName(username: string): Person | undefined {
    return [...this.people.values()].find(({ self }) => self.username.toLowerCase() === username.toLowerCase())
  }
}

function place(track: Track | undefined): number {
  return track?.at(-1)?.seq ?? 0
}

/** Whether a word begins with what is looked for. */
export function matches(query: string, words: string): boolean {
  return query === '' || words.toLowerCase().split(/[\s_.-]+/).some((word) => word.startsWith(query.toLowerCase())) || words.toLowerCase().startsWith(query.toLowerCase())
}
