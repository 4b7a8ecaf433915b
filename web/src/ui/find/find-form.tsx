import { useEffect, useId, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { Conversation, User } from '../../protocol/contract'
import { SearchIcon } from '../shell/icons'
import styles from './find.module.css'
import { SenderFilter } from './sender-filter'

export interface Wanted {
  query: string
  /** Local days, both included; empty for no bound. */
  from: string
  to: string
  sender: User | undefined
}

interface FindFormProps {
  conversation: Conversation
  wanted: Wanted
  change: (wanted: Wanted) => void
}

export function FindForm({ conversation, wanted, change }: FindFormProps) {
  const { t } = useTranslation()
  const id = useId()
  const query = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const { current } = query
    // Who comes back to what was found on a phone does not want its keyboard over it.
    if (current === null || (current.value !== '' && !matchMedia('(pointer: fine)').matches)) return
    current.focus()
    current.select()
  }, [])
  return (
    <div role="search" className={styles.form} aria-label={t('chat.find')}>
      <div className={styles.query}>
        <SearchIcon />
        <input
          ref={query}
          type="text"
          value={wanted.query}
          maxLength={200}
          placeholder={t('find.words')}
          aria-label={t('find.words')}
          autoComplete="off"
          spellCheck={false}
          data-arrow
          onChange={(event) => change({ ...wanted, query: event.target.value })}
        />
      </div>
      <SenderFilter conversation={conversation} sender={wanted.sender} choose={(sender) => change({ ...wanted, sender })} />
      <div className={styles.dates}>
        <label htmlFor={`${id}-from`}>{t('find.from')}</label>
        <input id={`${id}-from`} type="date" value={wanted.from} onChange={(event) => change({ ...wanted, from: event.target.value })} />
        <label htmlFor={`${id}-to`}>{t('find.to')}</label>
        <input id={`${id}-to`} type="date" value={wanted.to} onChange={(event) => change({ ...wanted, to: event.target.value })} />
      </div>
    </div>
  )
}
