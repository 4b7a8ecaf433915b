import { useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Conversation } from '../../protocol/contract'
import { useChat, useChatState } from '../shell/services'
import { ArchiveIcon, BackIcon } from '../shell/icons'
import { byPlace } from './conversation-names'
import { ConversationRow } from './conversation-row'
import { RowMenu } from './row-menu'
import styles from './sidebar.module.css'

interface Props {
  selected: string | undefined
  retry: () => void
  findPeople: () => void
}

type View = 'all' | 'unread' | 'archived'

/** Conversations, pinned ones first, then by activity; while there are none, why. */
export function ConversationList({ selected, retry, findPeople }: Props) {
  const { t } = useTranslation()
  const conversations = useChatState((state) => state.conversations)
  const phase = useChatState((state) => state.list)
  const [view, setView] = useState<View>('all')
  const sorted = useMemo(() => [...conversations.values()].sort(byPlace), [conversations])
  const archived = sorted.filter(({ settings }) => settings.archived)
  const shown = view === 'archived' && archived.length > 0 ? 'archived' : view === 'unread' ? 'unread' : 'all'
  const rows = {
    all: () => sorted.filter(({ settings }) => !settings.archived),
    // What one reads just now does not slip away under the pointer.
    unread: () => sorted.filter(({ id, settings, unread_count }) => !settings.archived && (unread_count > 0 || id === selected)),
    archived: () => archived,
  }[shown]()

  useLastSenders(rows)

  if (sorted.length > 0) {
    return (
      <RowMenu>
        {shown === 'archived' ? (
          <button type="button" className={styles.entry} data-arrow onClick={() => setView('all')}>
            <BackIcon />
            <span>{t('list.archived')}</span>
            <span className="visually-hidden">{t('list.leaveArchive')}</span>
          </button>
        ) : (
          <Filters view={shown} choose={setView} />
        )}
        {shown === 'all' && archived.length > 0 && (
          <button type="button" className={styles.entry} data-arrow onClick={() => setView('archived')}>
            <ArchiveIcon />
            <span>{t('list.archived')}</span>
            <span className={styles.count}>{archived.length}</span>
          </button>
        )}
        <ul aria-label={t(`list.view.${shown}`)}>
          {rows.map((conversation) => (
            <ConversationRow key={conversation.id} conversation={conversation} selected={conversation.id === selected} />
          ))}
        </ul>
        {rows.length === 0 && <p className={styles.message}>{t(shown === 'unread' ? 'list.nothingUnread' : 'list.nothingHere')}</p>}
      </RowMenu>
    )
  }
  if (phase === 'failed') {
    return (
      <div className={styles.blank} role="alert">
        <p>{t('list.failed')}</p>
        <button type="button" className="button" onClick={retry}>
          {t('common.retry')}
        </button>
      </div>
    )
  }
  if (phase === 'loading') return <Skeleton label={t('list.loading')} />
  return (
    <div className={styles.blank}>
      <h2>{t('list.emptyTitle')}</h2>
      <p>{t('list.emptyText')}</p>
      <button type="button" className="button primary" onClick={findPeople}>
        {t('list.emptyAction')}
      </button>
    </div>
  )
}

/** Names for the last lines of the groups that are in view at first; those further down learn theirs when they are opened. */
function useLastSenders(rows: readonly Conversation[]): void {
  const chat = useChat()
  const groups = rows.slice(0, 20).filter(({ kind }) => kind === 'group')
  const key = groups.map(({ last_message }) => last_message?.sender_id ?? '').join(' ')
  useEffect(() => chat.people.want(key.split(' ').filter((id) => id !== '' && id !== chat.user.id)), [chat, key])
}

function Filters({ view, choose }: { view: View; choose: (view: View) => void }) {
  const { t } = useTranslation()
  return (
    <div className={styles.filters} role="group" aria-label={t('list.filter')}>
      {(['all', 'unread'] as const).map((one) => (
        <button key={one} type="button" className={styles.chip} aria-pressed={view === one} onClick={() => choose(one)}>
          {t(`list.filters.${one}`)}
        </button>
      ))}
    </div>
  )
}

function Skeleton({ label }: { label: string }) {
  return (
    <div role="status" aria-label={label} className={styles.skeleton}>
      {[72, 54, 63, 48, 80, 58].map((width) => (
        <div key={width} className={styles.bone}>
          <span />
          <div style={{ width: `${width}%` }} />
        </div>
      ))}
    </div>
  )
}
