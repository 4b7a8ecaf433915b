import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { unwrap } from '../../api/http'
import type { User } from '../../protocol/contract'
import { Avatar } from '../shell/avatar'
import { failureText } from '../shell/failure-text'
import { conversationHref, navigate } from '../shell/route'
import { useChat, useChatState } from '../shell/services'
import { byActivity, conversationName } from './conversation-names'
import { ConversationRow } from './conversation-row'
import { RowMenu } from './row-menu'
import styles from './sidebar.module.css'

/** Typing a name makes one request, not one for each letter. */
function useSettled(value: string, milliseconds: number): string {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds)
    return () => clearTimeout(timer)
  }, [value, milliseconds])
  return settled
}

/** Conversations and people that match. Choosing a person opens the conversation with them, new or known. */
export function SearchResults({ query, done }: { query: string; done: () => void }) {
  const { t } = useTranslation()
  const chat = useChat()
  const settled = useSettled(query, 200)
  const conversations = useChatState((state) => state.conversations)
  const chats = useMemo(() => {
    const wanted = query.toLocaleLowerCase()
    const matches = [...conversations.values()].filter(
      (one) => conversationName(one).toLocaleLowerCase().includes(wanted) || one.peer?.username.toLowerCase().includes(wanted),
    )
    return matches.sort(byActivity)
  }, [conversations, query])
  const people = useQuery({
    queryKey: ['users', settled],
    queryFn: () => unwrap(chat.api.GET('/api/users', { params: { query: { q: settled, limit: 30 } } })),
    placeholderData: keepPreviousData,
    retry: 1,
  })
  const open = useMutation({
    mutationFn: (user: User) => chat.openDirect(user.id),
    onSuccess: (id) => {
      done()
      navigate(conversationHref(id))
    },
  })
  const found = people.data?.items.filter((user) => user.id !== chat.user.id) ?? []
  const nobody = people.isSuccess && settled === query && !people.isFetching && found.length === 0
  return (
    <>
      {chats.length > 0 && (
        <section aria-label={t('list.chats')}>
          <h2 className={styles.groupTitle}>{t('list.chats')}</h2>
          <RowMenu>
            <ul>
              {chats.map((conversation) => (
                <ConversationRow key={conversation.id} conversation={conversation} selected={false} opened={done} />
              ))}
            </ul>
          </RowMenu>
        </section>
      )}
      <section aria-label={t('list.people')}>
        <h2 className={styles.groupTitle}>{t('list.people')}</h2>
        {open.isError && (
          <p className={styles.message} role="alert">
            {failureText(t, open.error)}
          </p>
        )}
        <ul>
          {found.map((user) => (
            <Person key={user.id} user={user} busy={open.isPending} choose={() => open.mutate(user)} />
          ))}
        </ul>
        <div role="status" className={styles.message}>
          {people.isPending && t('list.searching')}
          {nobody && t('list.nobody', { query: settled })}
          {people.isError && (
            <>
              {t('list.searchFailed')}{' '}
              <button type="button" className="link-button" onClick={() => void people.refetch()}>
                {t('common.retry')}
              </button>
            </>
          )}
        </div>
      </section>
    </>
  )
}

function Person({ user, busy, choose }: { user: User; busy: boolean; choose: () => void }) {
  return (
    <li>
      <button type="button" className={styles.person} aria-disabled={busy} data-arrow onClick={() => !busy && choose()}>
        <Avatar id={user.id} name={user.display_name} url={user.avatar_url} size="small" />
        <span>
          <strong dir="auto">{user.display_name}</strong>
          <small>@{user.username}</small>
        </span>
      </button>
    </li>
  )
}
