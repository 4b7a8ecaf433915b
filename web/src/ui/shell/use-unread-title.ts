import { useEffect } from 'react'
import { calling } from '../../state/chat-state'
import { useChatState } from './services'
import { useNow } from './use-now'

/** The tab tells how much is unread, but for what is muted. */
export function useUnreadTitle(): void {
  const now = useNow()
  const unread = useChatState((state) => {
    let sum = 0
    for (const conversation of state.conversations.values()) sum += calling(conversation, now)
    return sum
  })
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) UIM` : 'UIM'
    return () => {
      document.title = 'UIM'
    }
  }, [unread])
}
