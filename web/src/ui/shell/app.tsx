import { QueryClientProvider } from '@tanstack/react-query'
import { useState, useSyncExternalStore } from 'react'
import type { Session } from '../../api/session'
import type { Self } from '../../protocol/contract'
import type { Chat } from '../../state/chat'
import { AuthPage } from '../auth/auth-page'
import { Splash } from '../auth/splash'
import { SessionContext } from './services'
import { newQueries } from './queries'
import { SignedIn } from './signed-in'

interface AppProps {
  session: Session
  openChat: (user: Self) => Chat
}

/** Which of the three there is: not known yet, the way in, or the chat. */
export function App({ session, openChat }: AppProps) {
  const state = useSyncExternalStore(session.subscribe, () => session.state)
  const [queries] = useState(newQueries)
  return (
    <SessionContext value={session}>
      <QueryClientProvider client={queries}>
        {state.name === 'starting' && <Splash unreachable={state.unreachable} />}
        {state.name === 'signed_out' && <AuthPage notice={state.notice} />}
        {state.name === 'signed_in' && <SignedIn key={state.user.id} user={state.user} openChat={openChat} />}
      </QueryClientProvider>
    </SessionContext>
  )
}
