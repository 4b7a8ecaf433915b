import { useEffect } from 'react'
import { quiet } from '../../state/chat-state'
import { useChatState } from './services'
import { useNow } from './use-now'

/** The tab tells how much is unread, but for what is muted. */
export function useUnreadTitle(): void {
  const now = useNow()
  const unread = useChatState((state) => {
    let sum = 0
    for (const { settings, unread_count } of state.conversations.values()) if (!quiet(settings, now)) sum += unread_count
    return sum
  })
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) UIM` : 'UIM'
    return () => {
      document.title = 'UIM'
    }
  }, [unread])
}
