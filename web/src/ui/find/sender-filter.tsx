import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useId, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { unwrap } from '../../api/http'
import type { Conversation, User } from '../../protocol/contract'
import { Avatar } from '../shell/avatar'
import { ClearIcon } from '../shell/icons'
import { useChat, useMe } from '../shell/services'
import { useSettled } from '../shell/use-settled'
import { personName } from '../shell/use-people'
import styles from './find.module.css'

interface SenderFilterProps {
  conversation: Conversation
  sender: User | undefined
  choose: (sender: User | undefined) => void
}

/** Whose messages: of two people a choice, of a group found by name. */
export function SenderFilter({ conversation, sender, choose }: SenderFilterProps) {
  const { t } = useTranslation()
  const me = useMe()
  const id = useId()
  const { peer } = conversation
  if (peer === undefined) return <MemberFilter id={conversation.id} sender={sender} choose={choose} />
  return (
    <div className={styles.sender}>
      <label htmlFor={id}>{t('find.sender')}</label>
      <select id={id} value={sender?.id ?? ''} onChange={(event) => choose([me, peer].find((user) => user.id === event.target.value))}>
        <option value="">{t('find.anybody')}</option>
        <option value={me.id}>{personName(me)}</option>
        <option value={peer.id}>{personName(peer)}</option>
      </select>
    </div>
  )
}

type MemberFilterProps = Omit<SenderFilterProps, 'conversation'> & { id: string }

/** The field gives way to the member who was chosen, and comes back; the focus goes with it. */
function MemberFilter({ id, sender, choose }: MemberFilterProps) {
  const { t } = useTranslation()
  const place = useRef<HTMLDivElement>(null)
  const before = useRef(sender)
  useEffect(() => {
    if (before.current !== sender) place.current?.querySelector<HTMLElement>('input, button')?.focus()
    before.current = sender
  }, [sender])
  return (
    <div ref={place}>
      {sender === undefined ? (
        <MemberSearch id={id} choose={choose} />
      ) : (
        <div className={styles.sender}>
          <span>{t('find.sender')}</span>
          <button type="button" className={styles.chip} aria-label={t('find.anySender', { name: personName(sender) })} onClick={() => choose(undefined)}>
            <span dir="auto">{personName(sender)}</span>
            <ClearIcon />
          </button>
        </div>
      )}
    </div>
  )
}

function MemberSearch({ id, choose }: { id: string; choose: (sender: User) => void }) {
  const { t } = useTranslation()
  const chat = useChat()
  const inputId = useId()
  const [query, setQuery] = useState('')
  const wanted = query.trim()
  const settled = useSettled(wanted, 200)
  const members = useQuery({
    queryKey: ['members', id, 'sender', settled],
    queryFn: async () => {
      const params = { path: { conversation_id: id }, query: { q: settled, limit: 6 } }
      return (await unwrap(chat.api.GET('/api/conversations/{conversation_id}/members', { params }))).items
    },
    placeholderData: keepPreviousData,
    enabled: settled !== '',
    retry: false,
  })
  const people = wanted === '' ? [] : (members.data ?? [])
  return (
    <div className={styles.memberSearch}>
      <div className={styles.sender}>
        <label htmlFor={inputId}>{t('find.sender')}</label>
        <input
          id={inputId}
          type="text"
          value={query}
          maxLength={100}
          placeholder={t('find.anybody')}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setQuery(event.target.value)}
        />
      </div>
      {people.length > 0 && (
        <ul className={styles.senders} aria-label={t('members.title')}>
          {people.map(({ user_id, joined_at, ...person }) => {
            const user: User = { ...person, id: user_id, created_at: joined_at }
            return (
              <li key={user_id}>
                <button type="button" className={styles.senderChoice} data-arrow onClick={() => choose(user)}>
                  <Avatar id={user_id} name={personName(user)} url={user.avatar_url} size="tiny" />
                  <strong dir="auto">{personName(user)}</strong>
                  <small>@{user.username}</small>
                </button>
              </li>
            )
          })}
        </ul>
      )}
    </div>
  )
}
