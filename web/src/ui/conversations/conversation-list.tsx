import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useChatState } from '../shell/services'
import { byActivity } from './conversation-names'
import { ConversationRow } from './conversation-row'
import styles from './sidebar.module.css'

interface Props {
  selected: string | undefined
  retry: () => void
  findPeople: () => void
}

/** All conversations by activity; while there are none, why. */
export function ConversationList({ selected, retry, findPeople }: Props) {
  const { t } = useTranslation()
  const conversations = useChatState((state) => state.conversations)
  const phase = useChatState((state) => state.list)
  const sorted = useMemo(() => [...conversations.values()].sort(byActivity), [conversations])

  if (sorted.length > 0) {
    return (
      <ul>
        {sorted.map((conversation) => (
          <ConversationRow key={conversation.id} conversation={conversation} selected={conversation.id === selected} />
        ))}
      </ul>
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
