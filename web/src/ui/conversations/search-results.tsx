import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { unwrap } from '../../api/http'
import type { Conversation, User } from '../../protocol/contract'
import { Avatar } from '../shell/avatar'
import { failureText } from '../shell/failure-text'
import { conversationHref, navigate } from '../shell/route'
import { useChat, useChatState } from '../shell/services'
import { useSettled } from '../shell/use-settled'
import { byActivity, conversationName } from './conversation-names'
import { ConversationRow } from './conversation-row'
import { RowMenu } from './row-menu'
import styles from './sidebar.module.css'

/** Conversations and people that match. Choosing a person opens the conversation with them, new or known. */
export function SearchResults({ query, done }: { query: string; done: () => void }) {
  const { t } = useTranslation()
  const chat = useChat()
  const settled = useSettled(query, 200)
  const conversations = useChatState((state) => state.conversations)
  // What is known here is found at once; the server knows the members of groups, and what is not held here.
  const found = useQuery({
    queryKey: ['conversations', settled],
    queryFn: async () => {
      const { items } = await unwrap(chat.api.GET('/api/conversations', { params: { query: { q: settled, limit: 30 } } }))
      chat.client.adopt(items)
      return { query: settled, ids: new Set(items.map(({ id }) => id)) }
    },
    placeholderData: keepPreviousData,
    retry: 1,
  })
  const byServer = found.data?.query === query ? found.data.ids : undefined
  const chats = useMemo(() => {
    const wanted = query.toLocaleLowerCase()
    const here = (one: Conversation) =>
      [conversationName(one), one.description, one.peer?.username].some((text) => text?.toLocaleLowerCase().includes(wanted))
    return [...conversations.values()].filter((one) => here(one) || byServer?.has(one.id) === true).sort(byActivity)
  }, [conversations, query, byServer])
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
  const others = people.data?.items.filter((user) => user.id !== chat.user.id) ?? []
  const nobody = people.isSuccess && settled === query && !people.isFetching && others.length === 0
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
          {others.map((user) => (
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
