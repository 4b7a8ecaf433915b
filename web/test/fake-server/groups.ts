import { randomUUID } from 'node:crypto'
import type { Conversation, Invitation, InvitationPreview, Member, Permission, UpdateGroupRequest } from '../../src/protocol/contract'
import { matches, Refusal, type Group, type Role, type Room, type World } from './world'

const now = () => new Date().toISOString()

interface NewGroup {
  name: string
  description?: string
  avatar_url?: string
  history_visible?: boolean
  member_ids: string[]
}

/** Groups in memory, by the contract's rules as far as the client can see them. */
export class Groups {
  readonly invitations = new Map<string, Invitation>()

  constructor(readonly world: World) {}

  create(me: string, wanted: NewGroup): Conversation {
    const errors = []
    if (wanted.name.trim() === '') errors.push({ field: 'name', code: 'required', detail: 'required' })
    if (wanted.avatar_url !== undefined && !wanted.avatar_url.startsWith('https:')) errors.push({ field: 'avatar_url', code: 'invalid', detail: 'https' })
    if (errors.length > 0) throw new Refusal(422, 'validation_failed', errors)
    const apart = wanted.member_ids.flatMap((id, at) => (this.#apart(me, id) ? [{ field: `member_ids[${at}]`, code: 'blocked', detail: 'blocked' }] : []))
    if (apart.length > 0) throw new Refusal(403, 'blocked', apart)
    const members = [me, ...wanted.member_ids]
    const group: Group = {
      name: wanted.name.trim(),
      description: wanted.description ?? '',
      avatar: wanted.avatar_url ?? '',
      historyVisible: wanted.history_visible === true,
      createdBy: me,
      roles: new Map(members.map((id) => [id, id === me ? 'owner' : 'member'])),
      joined: new Map(members.map((id) => [id, { seq: 0, at: now() }])),
    }
    const room: Room = { id: randomUUID(), createdAt: now(), members, group, messages: [], read: new Map(), delivered: new Map(), settings: new Map() }
    this.world.rooms.set(room.id, room)
    this.world.notice(room, { kind: 'group.created', actor_id: me, name: group.name })
    return this.world.view(me, room.id)
  }

  update(me: string, id: string, change: UpdateGroupRequest): Conversation {
    const { room, group } = this.#allowed(me, id, 'update')
    if (change.name === '') throw new Refusal(422, 'validation_failed', [{ field: 'name', code: 'required', detail: 'required' }])
    if (change.avatar_url !== undefined && !/^(https:.*)?$/.test(change.avatar_url)) {
      throw new Refusal(422, 'validation_failed', [{ field: 'avatar_url', code: 'invalid', detail: 'https' }])
    }
    if (change.name !== undefined && change.name !== group.name) {
      group.name = change.name
      this.world.notice(room, { kind: 'conversation.renamed', actor_id: me, name: change.name })
    }
    if (change.description !== undefined && change.description !== group.description) {
      group.description = change.description
      this.world.notice(room, { kind: 'conversation.described', actor_id: me })
    }
    if (change.avatar_url !== undefined && change.avatar_url !== group.avatar) {
      group.avatar = change.avatar_url
      this.world.notice(room, { kind: 'conversation.avatar', actor_id: me })
    }
    if (change.history_visible !== undefined && change.history_visible !== group.historyVisible) {
      group.historyVisible = change.history_visible
      this.world.notice(room, { kind: 'conversation.history', actor_id: me, visible: change.history_visible })
    }
    return this.world.view(me, id)
  }

  delete(me: string, id: string): void {
    const { room } = this.#allowed(me, id, 'delete')
    this.world.rooms.delete(id)
    this.world.tell(room, (listener) => listener.removed(id))
  }

  members(me: string, id: string, query: string): Member[] {
    const room = this.world.room(me, id)
    return room.members.map((one) => this.#member(room, one)).filter((one) => matches(query, `${one.username} ${one.display_name}`))
  }

  add(me: string, id: string, userIds: string[]): Member[] {
    const { room } = this.#allowed(me, id, 'add_members')
    const errors = userIds.flatMap((one, at) => {
      const code = room.members.includes(one) ? 'already_member' : this.#apart(me, one) ? 'blocked' : undefined
      return code === undefined ? [] : [{ field: `user_ids[${at}]`, code, detail: code }]
    })
    if (errors.length > 0) throw new Refusal(409, errors[0]?.code === 'blocked' ? 'blocked' : 'already_member', errors)
    for (const one of userIds) this.#join(room, one)
    this.world.notice(room, { kind: 'member.added', actor_id: me, user_ids: userIds })
    return userIds.map((one) => this.#member(room, one))
  }

  remove(me: string, id: string, userId: string): void {
    const room = this.world.room(me, id)
    const { group } = room
    if (group === undefined) throw new Refusal(403, 'forbidden')
    if (userId !== me) {
      this.#allowed(me, id, 'remove_members')
      if (group.roles.get(userId) !== 'member' && group.roles.get(me) !== 'owner') throw new Refusal(403, 'forbidden')
    } else if (group.roles.get(me) === 'owner' && room.members.length > 1) throw new Refusal(409, 'last_owner')
    this.world.tell(room, (listener) => listener.userId === userId && listener.removed(id))
    room.members = room.members.filter((one) => one !== userId)
    group.roles.delete(userId)
    this.world.notice(room, userId === me ? { kind: 'member.left', actor_id: me } : { kind: 'member.removed', actor_id: me, user_ids: [userId] })
    if (room.members.length === 0) this.world.rooms.delete(id)
  }

  setRole(me: string, id: string, userId: string, role: Role): Member {
    const { room, group } = this.#allowed(me, id, 'change_roles')
    group.roles.set(userId, role)
    this.world.notice(room, { kind: 'member.role', actor_id: me, user_ids: [userId], role })
    return this.#member(room, userId)
  }

  transfer(me: string, id: string, userId: string): Conversation {
    const { room, group } = this.#allowed(me, id, 'transfer_ownership')
    group.roles.set(me, 'admin')
    group.roles.set(userId, 'owner')
    this.world.notice(room, { kind: 'owner.changed', actor_id: me, user_ids: [userId] })
    return this.world.view(me, id)
  }

  invite(me: string, id: string, wanted: { expires_in?: number; max_uses?: number }): Invitation {
    this.#allowed(me, id, 'invite')
    const invitation: Invitation = {
      id: randomUUID(),
      conversation_id: id,
      code: randomUUID().replaceAll('-', ''),
      created_by: me,
      created_at: now(),
      expires_at: new Date(Date.now() + (wanted.expires_in ?? 604_800) * 1000).toISOString(),
      ...(wanted.max_uses === undefined ? {} : { max_uses: wanted.max_uses }),
      uses: 0,
    }
    this.invitations.set(invitation.id, invitation)
    return invitation
  }

  invited(me: string, id: string): Invitation[] {
    this.#allowed(me, id, 'invite')
    return [...this.invitations.values()].filter((one) => one.conversation_id === id && works(one)).reverse()
  }

  revoke(me: string, id: string, invitationId: string): void {
    this.#allowed(me, id, 'invite')
    this.invitations.delete(invitationId)
  }

  preview(me: string, code: string): InvitationPreview {
    const { invitation, room, group } = this.#invitation(code)
    const member = room.members.includes(me)
    if (!works(invitation)) throw new Refusal(410, 'invitation_expired')
    return {
      name: group.name,
      ...(group.description === '' ? {} : { description: group.description }),
      ...(group.avatar === '' ? {} : { avatar_url: group.avatar }),
      member_count: room.members.length,
      expires_at: invitation.expires_at,
      member,
      ...(member ? { conversation_id: room.id } : {}),
    }
  }

  accept(me: string, code: string): Conversation {
    const { invitation, room } = this.#invitation(code)
    if (!room.members.includes(me)) {
      if (!works(invitation)) throw new Refusal(410, 'invitation_expired')
      invitation.uses++
      this.#join(room, me)
      this.world.notice(room, { kind: 'member.joined', actor_id: me })
    }
    return this.world.view(me, room.id)
  }

  #join(room: Room, userId: string): void {
    room.members = [...room.members, userId]
    room.group?.roles.set(userId, 'member')
    room.group?.joined.set(userId, { seq: room.messages.length, at: now() })
    const before = [{ seq: room.messages.length, at: now() }]
    room.read.set(userId, before)
    room.delivered.set(userId, before)
  }

  #member(room: Room, id: string): Member {
    const { username, display_name, avatar_url } = this.world.user(id)
    return {
      user_id: id,
      username,
      display_name,
      ...(avatar_url === undefined ? {} : { avatar_url }),
      role: room.group?.roles.get(id) ?? 'member',
      joined_at: room.group?.joined.get(id)?.at ?? room.createdAt,
      delivered_seq: room.delivered.get(id)?.at(-1)?.seq ?? 0,
      read_seq: room.read.get(id)?.at(-1)?.seq ?? 0,
    }
  }

  #invitation(code: string) {
    const invitation = [...this.invitations.values()].find((one) => one.code === code)
    const room = invitation && this.world.rooms.get(invitation.conversation_id)
    if (invitation === undefined || room?.group === undefined) throw new Refusal(410, 'invitation_expired')
    return { invitation, room, group: room.group }
  }

  #allowed(me: string, id: string, what: Permission): { room: Room; group: Group } {
    const room = this.world.room(me, id)
    if (room.group === undefined || this.world.view(me, id).my_permissions?.includes(what) !== true) throw new Refusal(403, 'forbidden')
    return { room, group: room.group }
  }

  #apart(me: string, other: string): boolean {
    this.world.user(other)
    return this.world.blocks.get(me)?.has(other) === true || this.world.blocks.get(other)?.has(me) === true
  }
}

function works({ expires_at, max_uses, uses }: Invitation): boolean {
  return Date.parse(expires_at) > Date.now() && uses < (max_uses ?? Infinity)
}
