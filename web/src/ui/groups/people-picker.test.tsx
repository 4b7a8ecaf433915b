// @vitest-environment happy-dom
import { QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { useState } from 'react'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { conversation } from '../../../test/kit/objects'
import { startI18n } from '../../i18n'
import type { Self, User } from '../../protocol/contract'
import { withConversations } from '../../state/chat-state'
import type { Chat } from '../../state/chat'
import { Store } from '../../state/store'
import { newQueries } from '../shell/queries'
import { ChatContext } from '../shell/services'
import { PeoplePicker } from './people-picker'
import { initialState } from '../../state/model'

beforeAll(async () => {
  await startI18n()
  await import('../../i18n/panels')
})
afterEach(cleanup)

const me = { id: 'me', username: 'me', display_name: 'Me' } as Self
const ann: User = { id: 'ann', username: 'ann', display_name: 'Ann Reed', created_at: '2026-01-01T00:00:00.000Z' }

function Picker() {
  const [chosen, choose] = useState<User[]>([])
  return <PeoplePicker chosen={chosen} choose={choose} />
}

function setUp() {
  const GET = () => Promise.resolve({ data: { items: [ann], next_cursor: null }, response: new Response() })
  const store = new Store(withConversations(initialState, [conversation(1)]))
  render(
    <QueryClientProvider client={newQueries()}>
      <ChatContext value={{ store, user: me, api: { GET } } as unknown as Chat}>
        <Picker />
      </ChatContext>
    </QueryClientProvider>,
  )
  const search = screen.getByRole<HTMLInputElement>('textbox')
  return { search, find: (text: string) => fireEvent.change(search, { target: { value: text } }) }
}

test('before anything is typed, those one talks with are offered', () => {
  setUp()
  fireEvent.click(screen.getByRole('checkbox', { name: /Peer/ }))
  expect(screen.getByRole('button', { name: 'Take out Peer' })).toBeDefined()
})

test('who is found and chosen makes room for the next name', async () => {
  const { search, find } = setUp()
  find('an')
  fireEvent.click(await screen.findByRole('checkbox', { name: /Ann Reed/ }))
  expect(search.value).toBe('')
  expect(document.activeElement).toBe(search)
  expect(screen.getByRole('button', { name: 'Take out Ann Reed' })).toBeDefined()
})

test('who is taken out leaves the focus in the search', () => {
  const { search } = setUp()
  fireEvent.click(screen.getByRole('checkbox', { name: /Peer/ }))
  fireEvent.click(screen.getByRole('button', { name: 'Take out Peer' }))
  expect(document.activeElement).toBe(search)
  expect(screen.queryByRole('button', { name: 'Take out Peer' })).toBeNull()
})
