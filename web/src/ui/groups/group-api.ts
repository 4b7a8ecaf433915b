import { unwrap } from '../../api/http'
import type { Conversation, Invitation, InvitationPreview, Member, MemberList, UpdateGroupRequest } from '../../protocol/contract'
import type { Chat } from '../../state/chat'

export interface GroupPlan {
  name: string
  description: string
  historyVisible: boolean
  memberIds: string[]
}

export async function createGroup(chat: Chat, { name, description, historyVisible, memberIds }: GroupPlan): Promise<Conversation> {
  const body = { name, member_ids: memberIds, history_visible: historyVisible, ...(description === '' ? {} : { description }) }
  return adopted(chat, await unwrap(chat.api.POST('/api/conversations/group', { body })))
}

export async function updateGroup(chat: Chat, id: string, body: UpdateGroupRequest): Promise<Conversation> {
  return adopted(chat, await unwrap(chat.api.PUT('/api/conversations/{conversation_id}', { params: of(id), body })))
}

export async function deleteGroup(chat: Chat, id: string): Promise<void> {
  await unwrap(chat.api.DELETE('/api/conversations/{conversation_id}', { params: of(id) }))
  chat.client.left(id)
}

export async function listMembers(chat: Chat, id: string, q: string, cursor: string): Promise<MemberList> {
  const query = { limit: 50, ...(q === '' ? {} : { q }), ...(cursor === '' ? {} : { cursor }) }
  const page = await unwrap(chat.api.GET('/api/conversations/{conversation_id}/members', { params: { ...of(id), query } }))
  chat.learnMembers(page.items)
  return page
}

export async function addMembers(chat: Chat, id: string, userIds: string[]): Promise<void> {
  await unwrap(chat.api.POST('/api/conversations/{conversation_id}/members', { params: of(id), body: { user_ids: userIds } }))
}

export async function changeRole(chat: Chat, id: string, userId: string, role: 'admin' | 'member'): Promise<Member> {
  return unwrap(chat.api.PATCH('/api/conversations/{conversation_id}/members/{user_id}', { params: of(id, userId), body: { role } }))
}

export async function removeMember(chat: Chat, id: string, userId: string): Promise<void> {
  await unwrap(chat.api.DELETE('/api/conversations/{conversation_id}/members/{user_id}', { params: of(id, userId) }))
  if (userId === chat.user.id) chat.client.left(id)
}

export async function transferGroup(chat: Chat, id: string, userId: string): Promise<Conversation> {
  return adopted(chat, await unwrap(chat.api.POST('/api/conversations/{conversation_id}/owner', { params: of(id), body: { user_id: userId } })))
}

export async function listInvitations(chat: Chat, id: string): Promise<Invitation[]> {
  return (await unwrap(chat.api.GET('/api/conversations/{conversation_id}/invitations', { params: { ...of(id), query: { limit: 100 } } }))).items
}

/** Seconds; no number of uses for any number. */
export async function invite(chat: Chat, id: string, expiresIn: number, maxUses: number | undefined): Promise<Invitation> {
  const body = { expires_in: expiresIn, ...(maxUses === undefined ? {} : { max_uses: maxUses }) }
  return unwrap(chat.api.POST('/api/conversations/{conversation_id}/invitations', { params: of(id), body }))
}

export async function revokeInvitation(chat: Chat, id: string, invitationId: string): Promise<void> {
  const path = { conversation_id: id, invitation_id: invitationId }
  await unwrap(chat.api.DELETE('/api/conversations/{conversation_id}/invitations/{invitation_id}', { params: { path } }))
}

export async function previewInvitation(chat: Chat, code: string): Promise<InvitationPreview> {
  return unwrap(chat.api.GET('/api/invitations/{code}', { params: { path: { code } } }))
}

export async function acceptInvitation(chat: Chat, code: string): Promise<Conversation> {
  return adopted(chat, await unwrap(chat.api.POST('/api/invitations/{code}/accept', { params: { path: { code } } })))
}

function adopted(chat: Chat, conversation: Conversation): Conversation {
  chat.client.adopt([conversation])
  return conversation
}

function of(id: string): { path: { conversation_id: string } }
function of(id: string, userId: string): { path: { conversation_id: string; user_id: string } }
function of(id: string, userId?: string) {
  return { path: userId === undefined ? { conversation_id: id } : { conversation_id: id, user_id: userId } }
}
