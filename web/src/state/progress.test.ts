import { describe, expect, test } from 'vitest'
import { conversation } from '../../test/kit/objects'
import type { Member } from '../protocol/contract'
import { withConversations, withReceipt } from './chat-state'
import { reachedByAll, withMembers, withoutProgress, withProgress } from './progress'
import { initialState, type ChatState } from './model'

const group = withConversations(initialState, [conversation(9, { kind: 'group', peer: undefined })])
const looking = withProgress(group, 'c')

function member(userId: string, delivered: number, read: number): Member {
  return { user_id: userId, username: userId, display_name: userId, role: 'member', joined_at: '2026-01-01T00:00:00.000Z', delivered_seq: delivered, read_seq: read }
}

const receipt = (state: ChatState, userId: string, delivered: number, read: number) =>
  withReceipt(state, 'me', { conversation_id: 'c', user_id: userId, delivered_seq: delivered, read_seq: read })
const all = (state: ChatState) => reachedByAll(state.progress.get('c'))
const members = [member('me', 0, 0), member('ann', 5, 3), member('bo', 7, 0)]

describe('how far a group is', () => {
  test('is what the slowest of the others has received and read', () => {
    expect(all(withMembers(looking, 'me', 'c', members))).toEqual({ delivered: 5, read: 0 })
  })

  test('moves with each receipt, and never back', () => {
    const state = receipt(withMembers(looking, 'me', 'c', members), 'bo', 9, 9)
    expect(all(state)).toEqual({ delivered: 5, read: 3 })
    expect(all(receipt(state, 'ann', 2, 2))).toEqual({ delivered: 5, read: 3 })
    expect(all(receipt(state, 'ann', 6, 8))).toEqual({ delivered: 8, read: 8 })
  })

  test('is unknown before all members are known, whatever receipts come', () => {
    expect(all(receipt(looking, 'ann', 9, 9))).toBeUndefined()
  })

  test('counts the receipts that came while the members were fetched', () => {
    expect(all(withMembers(receipt(looking, 'ann', 9, 9), 'me', 'c', members))).toEqual({ delivered: 7, read: 0 })
  })

  test('does not wait for who is gone', () => {
    const state = withMembers(looking, 'me', 'c', members)
    expect(all(withMembers(state, 'me', 'c', members.slice(0, 2)))).toEqual({ delivered: 5, read: 3 })
  })

  test('means nothing where one is alone', () => {
    expect(all(withMembers(looking, 'me', 'c', members.slice(0, 1)))).toBeUndefined()
  })

  test('is kept only while it is looked at', () => {
    const state = withoutProgress(withMembers(looking, 'me', 'c', members), 'c')
    expect(state.progress.size).toBe(0)
    expect(receipt(state, 'ann', 9, 9)).toBe(state)
    expect(withMembers(state, 'me', 'c', members)).toBe(state)
  })
})
