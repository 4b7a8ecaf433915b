import { createContext, use, useSyncExternalStore } from 'react'
import type { Session } from '../../api/session'
import type { Self } from '../../protocol/contract'
import type { ChatState } from '../../state/model'
import type { Chat } from '../../state/chat'
import { useStore } from '../../state/store'

export const SessionContext = createContext<Session | undefined>(undefined)
export const ChatContext = createContext<Chat | undefined>(undefined)

export function useSession(): Session {
  const session = use(SessionContext)
  if (session === undefined) throw new Error('no session around this component')
  return session
}

/** The signed-in person's chat; only for components below SignedIn. */
export function useChat(): Chat {
  const chat = use(ChatContext)
  if (chat === undefined) throw new Error('nobody is signed in around this component')
  return chat
}

/** The signed-in person as they are now; chat.user is as they were at sign-in. */
export function useMe(): Self {
  const session = useSession()
  const { user } = useChat()
  const state = useSyncExternalStore(session.subscribe, () => session.state)
  return state.name === 'signed_in' ? state.user : user
}

/** A part of the chat's state. The selector must answer the same reference while its part has not changed. */
export function useChatState<S>(select: (state: ChatState) => S): S {
  return useStore(useChat().store, select)
}
