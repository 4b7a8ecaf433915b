import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Conversation, Member } from '../../protocol/contract'
import { can } from '../../state/chat-state'
import { Avatar } from '../shell/avatar'
import { failureText } from '../shell/failure-text'
import { NewGroupIcon, SearchIcon } from '../shell/icons'
import { useChat, useChatState } from '../shell/services'
import { useSettled } from '../shell/use-settled'
import { AddPeople } from './add-people'
import { listMembers } from './group-api'
import styles from './groups.module.css'
import { MemberMenu } from './member-menu'
import { useKeptFocus } from './use-kept-focus'

/** A few are seen at a glance; of more, one is found by name. */
const searchFrom = 8

/** Who is in the group, a page at a time: however many they are, only what was looked at is held. */
export function Members({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation()
  const chat = useChat()
  const { id, member_count: count } = conversation
  const [query, setQuery] = useState('')
  const [adding, setAdding] = useState(false)
  const settled = useSettled(query.trim(), 200)
  const heading = useRef<HTMLHeadingElement>(null)
  useKeptFocus(heading)
  const members = useInfiniteQuery({
    queryKey: ['members', id, 'list', settled],
    queryFn: ({ pageParam }) => listMembers(chat, id, settled, pageParam),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    retry: 1,
  })
  const shown = members.data?.pages.flatMap(({ items }) => items) ?? []
  return (
    <section className={styles.part} aria-label={t('members.title')}>
      <h2 ref={heading} tabIndex={-1}>
        {t('group.members', { count })}
      </h2>
      {can(conversation, 'add_members') && (
        <button type="button" className={styles.entry} onClick={() => setAdding(true)}>
          <NewGroupIcon />
          {t('members.add')}
        </button>
      )}
      {count >= searchFrom && (
        <div className={styles.searchBox}>
          <SearchIcon />
          <input
            type="text"
            value={query}
            maxLength={100}
            placeholder={t('members.search')}
            aria-label={t('members.search')}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setQuery(event.target.value)}
          />
        </div>
      )}
      <ul className={styles.members} aria-label={t('members.title')}>
        {shown.map((member) => (
          <Row key={member.user_id} member={member} conversation={conversation} />
        ))}
      </ul>
      <div role="status" className={styles.hint}>
        {members.isPending && t('common.loading')}
        {members.isError && failureText(t, members.error)}
        {members.isSuccess && shown.length === 0 && t('list.nobody', { query: settled })}
      </div>
      {members.hasNextPage && (
        <button type="button" className="link-button" onClick={() => void members.fetchNextPage()}>
          {t('common.more')}
        </button>
      )}
      {adding && <AddPeople conversation={conversation} members={shown} close={() => setAdding(false)} />}
    </section>
  )
}

function Row({ member, conversation }: { member: Member; conversation: Conversation }) {
  const { t } = useTranslation()
  const me = useChat().user.id
  const { user_id: id, display_name: name, username, role } = member
  const online = useChatState((state) => state.presence.get(id)?.status === 'online')
  return (
    <li className={styles.member} data-member={username}>
      <Avatar id={id} name={name} url={member.avatar_url} size="small" online={online} />
      <span className={styles.who}>
        <strong dir="auto">{id === me ? t('members.you', { name }) : name}</strong>
        <small>@{username}</small>
      </span>
      {role !== 'member' && <span className={styles.role}>{t(`members.role.${role}`)}</span>}
      {id !== me && <MemberMenu member={member} conversation={conversation} />}
    </li>
  )
}
