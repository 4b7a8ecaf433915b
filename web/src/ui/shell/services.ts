import { createContext, use } from 'react'
import type { Session } from '../../api/session'
import type { ChatState } from '../../state/chat-state'
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

/** A part of the chat's state. The selector must answer the same reference while its part has not changed. */
export function useChatState<S>(select: (state: ChatState) => S): S {
  return useStore(useChat().store, select)
}
