import { QueryClientProvider, useQuery } from '@tanstack/react-query'
import { Suspense, useEffect, useState } from 'react'
import { fullJitter } from '../../protocol/backoff'
import type { Self } from '../../protocol/contract'
import { SignedOut } from '../../protocol/tokens'
import type { Chat } from '../../state/chat'
import { watchNetwork } from '../../state/network'
import { ChatView, NoChat } from '../chat/chat-view'
import { Sidebar } from '../conversations/sidebar'
import { ConnectionBar } from './connection-bar'
import { lazyPart } from './lazy-part'
import { PartMissing } from './part-missing'
import { newQueries } from './queries'
import { useRoute } from './route'
import { ChatContext, useChat, useChatState, useSession } from './services'
import styles from './shell.module.css'
import { ToastRegion } from './toast'
import { useUnreadTitle } from './use-unread-title'
import { useWide } from './use-wide'

/** What few come to, so that nobody waits for it on the way to the chats. */
const SettingsPage = lazyPart(() => import('../settings/settings-page').then((module) => module.SettingsPage), PartMissing)
const NewGroup = lazyPart(() => import('../groups/new-group').then((module) => module.NewGroup), PartMissing)
const JoinPage = lazyPart(() => import('../groups/join-page').then((module) => module.JoinPage), PartMissing)
const GroupInfo = lazyPart(() => import('../groups/group-info').then((module) => module.GroupInfo), PartMissing)
const FindPanel = lazyPart(() => import('../find/find-panel').then((module) => module.FindPanel), PartMissing)

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
  const kind = useChatState((state) => (id === undefined ? undefined : state.conversations.get(id)?.kind))
  // Of a conversation that has ended there is only to say so.
  const wanted = route.name === 'conversation' && kind !== undefined ? route.panel : undefined
  const panel = wanted === 'info' && kind === 'direct' ? undefined : wanted
  const wide = useWide()
  const chat = useChat()
  useEffect(() => chat.look(id), [chat, id])
  return (
    <ToastRegion>
      <div className={styles.shell}>
        <ConnectionBar />
        <main className={styles.panes} data-pane={route.name === 'list' ? 'list' : 'chat'} data-panel={panel !== undefined && wide ? panel : undefined}>
          <Sidebar selected={id} retry={retry} />
          {route.name === 'list' && <NoChat />}
          {id !== undefined && (panel === undefined || wide) && <ChatView id={id} />}
          <Suspense fallback={<section aria-busy="true" />}>
            {route.name === 'settings' && <SettingsPage />}
            {route.name === 'new-group' && <NewGroup />}
            {route.name === 'join' && <JoinPage key={route.code} code={route.code} />}
            {id !== undefined && panel === 'info' && <GroupInfo key={id} id={id} />}
            {id !== undefined && panel === 'search' && <FindPanel key={id} id={id} />}
          </Suspense>
        </main>
      </div>
    </ToastRegion>
  )
}
