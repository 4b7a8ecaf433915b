import i18next from 'i18next'
import { useCallback, useEffect } from 'react'
import type { User } from '../../protocol/contract'
import { useChat, useChatState, useMe } from './services'

export function personName(user: Pick<User, 'display_name' | 'username' | 'deleted'> | undefined): string {
  if (user === undefined) return '…'
  if (user.deleted === true) return i18next.t('people.deleted')
  return user.display_name === '' ? user.username : user.display_name
}

/** A person as far as is known; asked for when the component that shows them appears. */
export function usePerson(id: string | undefined): User | undefined {
  const chat = useChat()
  const me = useMe()
  const known = useChatState((state) => (id === undefined ? undefined : state.people.get(id)))
  useEffect(() => {
    if (id !== undefined && id !== me.id) chat.people.want([id])
  }, [chat, id, me.id])
  return id === me.id ? me : known
}

/** Names of any number of people, who are asked for where they are not known. */
export function useNames(ids: readonly string[]): (id: string) => string {
  const chat = useChat()
  const me = useMe()
  const people = useChatState((state) => (ids.length === 0 ? undefined : state.people))
  const key = ids.join(' ')
  useEffect(() => chat.people.want(key.split(' ').filter((id) => id !== '' && id !== me.id)), [chat, key, me.id])
  return useCallback((id: string) => personName(id === me.id ? me : people?.get(id)), [people, me])
}
