// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import { conversation } from '../../../test/kit/objects'
import { startI18n } from '../../i18n'
import { withDraft } from '../../state/chat-state'
import type { Chat } from '../../state/chat'
import { Store } from '../../state/store'
import type { Self } from '../../protocol/contract'
import type { Session } from '../../api/session'
import { ChatContext, SessionContext } from '../shell/services'
import { Composer } from './composer'
import { initialState, type ChatState } from '../../state/model'

beforeAll(startI18n)
afterEach(cleanup)

const me: Self = { id: 'me', username: 'me', display_name: 'Me', created_at: '', privacy: { read_receipts: true, typing: true, last_seen: true } }
const session = { state: { name: 'signed_in', user: me }, subscribe: () => () => undefined } as unknown as Session

function setUp(limit = 10_000) {
  const store = new Store<ChatState>({ ...initialState, contentLimit: limit })
  const send = vi.fn<(id: string, text: string) => Promise<void>>(() => Promise.resolve())
  const setDraft = (id: string, text: string) => store.update((state) => withDraft(state, id, text))
  const chat = { store, send, setDraft, writing: () => undefined, user: me } as unknown as Chat
  render(
    <SessionContext value={session}>
      <ChatContext value={chat}>
        <Composer conversation={conversation(1)} />
      </ChatContext>
    </SessionContext>,
  )
  const area = screen.getByRole('textbox', { name: 'Message' })
  const type = (text: string) => fireEvent.change(area, { target: { value: text } })
  return { area, type, send, store }
}

test('Enter sends what was written, trimmed', () => {
  const { area, type, send } = setUp()
  type('  hello ')
  fireEvent.keyDown(area, { key: 'Enter' })
  expect(send).toHaveBeenCalledExactlyOnceWith('c', 'hello')
})

test.each([
  ['with Shift', { key: 'Enter', shiftKey: true }],
  ['while composing', { key: 'Enter', isComposing: true }],
  ['that ends a composition in Safari', { key: 'Enter', keyCode: 229 }],
])('Enter %s sends nothing', (_, event) => {
  const { area, type, send } = setUp()
  type('nihao')
  fireEvent.keyDown(area, event)
  expect(send).not.toHaveBeenCalled()
})

test('the rate limit says how long the rest has to wait', () => {
  const { store } = setUp()
  act(() => store.update((state) => ({ ...state, heldBackUntil: Date.now() + 12_000 })))
  expect(screen.getByText('You are writing fast. The rest is sent in 12 seconds.')).toBeDefined()
  act(() => store.update((state) => ({ ...state, heldBackUntil: undefined })))
  expect(screen.queryByRole('timer')).toBeNull()
})

test('nothing is sent that is empty or too long, and the counter says by how much', () => {
  const { area, type, send } = setUp(10)
  type(' \n ')
  fireEvent.keyDown(area, { key: 'Enter' })
  type('123456789')
  expect(screen.getByText('1 character left')).toBeDefined()
  type('👋'.repeat(12))
  expect(screen.getByText('2 characters too many')).toBeDefined()
  fireEvent.keyDown(area, { key: 'Enter' })
  expect(send).not.toHaveBeenCalled()
})
