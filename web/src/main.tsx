import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { browserClock, browserSocket, newId } from './api/browser'
import { createApi, createPublicApi } from './api/http'
import { Session } from './api/session'
import { browserTabs as sessionTabs } from './api/tabs'
import { startI18n } from './i18n'
import type { Self } from './protocol/contract'
import { Chat } from './state/chat'
import { openDatabase } from './state/database'
import { Drafts } from './state/drafts'
import { signedInMemory } from './state/preferences'
import { browserTabs as outboxTabs, StoredOutbox } from './state/stored-outbox'
import './styles/tokens.css'
import './styles/base.css'
import { App } from './ui/shell/app'
import { openJoinLink } from './ui/shell/route'

const { origin } = location
const session = new Session({
  api: createPublicApi(origin),
  tabs: sessionTabs(),
  clock: browserClock,
  random: Math.random,
  memory: { get: () => signedInMemory.get() === 'yes', set: (yes) => signedInMemory.set(yes ? 'yes' : undefined) },
})
const tabs = outboxTabs(newId())

function openChat(user: Self): Chat {
  const database = openDatabase(user.id)
  return new Chat({
    user,
    api: createApi(origin, session),
    tokens: session,
    clock: browserClock,
    random: Math.random,
    newId,
    openSocket: browserSocket(origin),
    outbox: new StoredOutbox(database, tabs),
    drafts: new Drafts(database),
  })
}

const root = document.getElementById('root')
if (root === null) throw new Error('the page has no root element')
openJoinLink()
await startI18n()
session.start()
createRoot(root).render(
  <StrictMode>
    <App session={session} openChat={openChat} />
  </StrictMode>,
)
