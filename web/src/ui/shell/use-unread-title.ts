import { useEffect } from 'react'
import { useChatState } from './services'

/** The tab tells how much is unread. */
export function useUnreadTitle(): void {
  const unread = useChatState((state) => {
    let sum = 0
    for (const conversation of state.conversations.values()) sum += conversation.unread_count
    return sum
  })
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) UIM` : 'UIM'
    return () => {
      document.title = 'UIM'
    }
  }, [unread])
}
