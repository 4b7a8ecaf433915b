import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useId, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { unwrap } from '../../api/http'
import type { User } from '../../protocol/contract'
import { moveFocus } from '../conversations/move-focus'
import { Avatar } from '../shell/avatar'
import { failureText } from '../shell/failure-text'
import { CheckIcon, ClearIcon, SearchIcon } from '../shell/icons'
import { useChat, useChatState } from '../shell/services'
import { useSettled } from '../shell/use-settled'
import { personName } from '../shell/use-people'
import styles from './groups.module.css'

interface PeoplePickerProps {
  chosen: readonly User[]
  choose: (users: User[]) => void
  /** Who is in already. */
  without?: ReadonlySet<string>
  error?: string | undefined
}

/** Any number of people, found by name. Before anything is typed: those one talks with. */
export function PeoplePicker({ chosen, choose, without, error }: PeoplePickerProps) {
  const { t } = useTranslation()
  const chat = useChat()
  const id = useId()
  const search = useRef<HTMLInputElement>(null)
  const [query, setQuery] = useState('')
  const wanted = query.trim()
  const settled = useSettled(wanted, 200)
  const conversations = useChatState((state) => state.conversations)
  const known = [...conversations.values()].flatMap(({ peer }) => (peer === undefined || peer.deleted === true ? [] : peer))
  const found = useQuery({
    queryKey: ['users', settled],
    queryFn: () => unwrap(chat.api.GET('/api/users', { params: { query: { q: settled, limit: 30 } } })),
    placeholderData: keepPreviousData,
    enabled: settled !== '',
    retry: 1,
  })
  const offered = wanted === '' ? known.slice(0, 30) : (found.data?.items ?? [])
  const people = offered.filter((user) => user.id !== chat.user.id && without?.has(user.id) !== true)
  const has = (user: User) => chosen.some((one) => one.id === user.id)
  const toggle = (user: User) => choose(has(user) ? chosen.filter((one) => one.id !== user.id) : [...chosen, user])
  const toggleAndSearch = (user: User) => {
    toggle(user)
    search.current?.focus()
  }
  // Found and chosen: one goes on with the next name.
  const pick = (user: User) => {
    if (query === '' || has(user)) toggle(user)
    else {
      setQuery('')
      toggleAndSearch(user)
    }
  }
  return (
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions -- arrow keys move between the controls in it
    <div className={styles.picker} onKeyDown={moveFocus}>
      {chosen.length > 0 && (
        <ul className={styles.chips} aria-label={t('picker.chosen')}>
          {chosen.map((user) => (
            <li key={user.id}>
              <button type="button" className={styles.chip} aria-label={t('picker.takeOut', { name: personName(user) })} onClick={() => toggleAndSearch(user)}>
                <span dir="auto">{personName(user)}</span>
                <ClearIcon />
              </button>
            </li>
          ))}
        </ul>
      )}
      <div className={styles.searchBox}>
        <SearchIcon />
        <input
          ref={search}
          type="text"
          value={query}
          maxLength={100}
          placeholder={t('picker.search')}
          aria-label={t('picker.search')}
          aria-describedby={error === undefined ? undefined : id}
          aria-invalid={error !== undefined}
          autoComplete="off"
          spellCheck={false}
          data-arrow
          onChange={(event) => setQuery(event.target.value)}
          onKeyDown={(event) => {
            // Enter looks, it does not send the form around it.
            if (event.key === 'Enter') event.preventDefault()
          }}
        />
      </div>
      {error !== undefined && (
        <p id={id} className={styles.fieldError}>
          {error}
        </p>
      )}
      <ul className={styles.results} aria-label={t('picker.people')}>
        {people.map((user) => (
          <li key={user.id}>
            <button type="button" className={styles.person} role="checkbox" aria-checked={has(user)} data-arrow onClick={() => pick(user)}>
              <Avatar id={user.id} name={personName(user)} url={user.avatar_url} size="small" />
              <span className={styles.who}>
                <strong dir="auto">{personName(user)}</strong>
                <small>@{user.username}</small>
              </span>
              <span className={styles.box}>{has(user) && <CheckIcon />}</span>
            </button>
          </li>
        ))}
      </ul>
      <p role="status" className={styles.hint}>
        {wanted !== '' && found.isPending && t('list.searching')}
        {wanted !== '' && found.isError && failureText(t, found.error)}
        {wanted !== '' && found.isSuccess && settled === wanted && people.length === 0 && t('list.nobody', { query: wanted })}
      </p>
    </div>
  )
}
