import { QueryClientProvider, useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useEffect, useState } from 'react'
import { fullJitter } from '../../protocol/backoff'
import type { Self } from '../../protocol/contract'
import { SignedOut } from '../../protocol/tokens'
import type { Chat } from '../../state/chat'
import { watchNetwork } from '../../state/network'
import { ChatView, NoChat } from '../chat/chat-view'
import { Sidebar } from '../conversations/sidebar'
import { ConnectionBar } from './connection-bar'
import { newQueries } from './queries'
import { useRoute } from './route'
import { ChatContext, useChat, useSession } from './services'
import styles from './shell.module.css'
import { SettingsMissing } from './settings-missing'
import { ToastRegion } from './toast'
import { useUnreadTitle } from './use-unread-title'

/** Few come here, so nobody waits for it on the way to the chats. */
const SettingsPage = lazy(() =>
  import('../settings/settings-page').then(
    ({ SettingsPage: page }) => ({ default: page }),
    () => ({ default: SettingsMissing }),
  ),
)

interface SignedInProps {
  user: Self
  openChat: (user: Self) => Chat
}

/** The chat of one person, from sign-in to sign-out; nothing that was fetched for one is there for the next. */
export function SignedIn({ user, openChat }: SignedInProps) {
  const [chat] = useState(() => openChat(user))
  const [queries] = useState(newQueries)
  return (
    <ChatContext value={chat}>
      <QueryClientProvider client={queries}>
        <RunningChat chat={chat} />
      </QueryClientProvider>
    </ChatContext>
  )
}

function RunningChat({ chat }: { chat: Chat }) {
  const session = useSession()

  const start = useQuery({
    queryKey: ['start'],
    queryFn: () => chat.start().then(() => true),
    retry: (_, reason) => !(reason instanceof SignedOut),
    retryDelay: (attempt) => 500 + fullJitter(attempt, Math.random),
    staleTime: Infinity,
  })

  useEffect(() => {
    const stopWatching = watchNetwork({ wake: () => chat.client.wake(), doubt: () => chat.client.doubt() })
    const stopRenewing = session.onToken((token) => chat.client.renewed(token))
    const stopListening = chat.store.subscribe(() => {
      const { connection } = chat.store.get()
      if (connection.name !== 'stopped') return
      const { reason } = connection
      if (reason === 'signed_out' || reason === 'session_revoked' || reason === 'account_closed') session.end(reason)
    })
    return () => {
      stopWatching()
      stopRenewing()
      stopListening()
      chat.stop()
    }
  }, [chat, session])

  return <Screens retry={() => void start.refetch({ cancelRefetch: true })} />
}

/** List and chat side by side; on a phone one or the other. */
function Screens({ retry }: { retry: () => void }) {
  const route = useRoute()
  useUnreadTitle()
  const id = route.name === 'conversation' ? route.id : undefined
  const chat = useChat()
  useEffect(() => chat.look(id), [chat, id])
  return (
    <ToastRegion>
      <div className={styles.shell}>
        <ConnectionBar />
        <main className={styles.panes} data-pane={route.name === 'list' ? 'list' : 'chat'}>
          <Sidebar selected={id} retry={retry} />
          {route.name === 'list' && <NoChat />}
          {route.name === 'conversation' && <ChatView id={route.id} />}
          {route.name === 'settings' && (
            <Suspense fallback={<section aria-busy="true" />}>
              <SettingsPage />
            </Suspense>
          )}
        </main>
      </div>
    </ToastRegion>
  )
}
