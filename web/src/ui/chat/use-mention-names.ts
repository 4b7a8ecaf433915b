import { useCallback, useEffect } from 'react'
import type { Message } from '../../protocol/contract'
import { useChat, useChatState, useMe } from '../shell/services'

/**
 * Whom the names in a message call. The server says who is called; one's own message, known by its ack alone, calls
 * whoever is known by that name.
 */
export function useMentionNames(message: Message): ((name: string) => string | undefined) | undefined {
  const chat = useChat()
  const me = useMe()
  const own = message.sender_id === me.id
  const nobody = !message.content.includes('@') || (!own && message.mentions === undefined && message.mentions_all !== true)
  const people = useChatState((state) => (nobody ? undefined : state.people))
  useEffect(() => {
    if (message.mentions !== undefined) chat.people.want(message.mentions.filter((id) => id !== me.id))
  }, [chat, me.id, message.mentions])
  const resolve = useCallback(
    (name: string) => {
      if (name === 'all' && (own || message.mentions_all === true)) return 'all'
      const candidates = own && message.mentions === undefined ? (people?.keys() ?? []) : (message.mentions ?? [])
      for (const id of candidates) if ((id === me.id ? me : people?.get(id))?.username.toLowerCase() === name) return id
      return undefined
    },
    [people, me, own, message.mentions, message.mentions_all],
  )
  return nobody ? undefined : resolve
}
