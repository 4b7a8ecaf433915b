import { useTranslation } from 'react-i18next'
import type { Conversation } from '../../protocol/contract'
import { DownIcon } from '../shell/icons'
import styles from './message-log.module.css'

interface LogJumpsProps {
  conversation: Conversation
  far: boolean
  toNewest: () => void
  toMention: (seq: number) => void
}

/** Over the log: to the first message that calls one, and back to the newest. */
export function LogJumps({ conversation, far, toNewest, toMention }: LogJumpsProps) {
  const { t } = useTranslation()
  const { unread_count: unread, unread_mentions: calls = 0, first_unread_mention_seq: first } = conversation
  return (
    <div className={styles.jumps}>
      {first !== undefined && calls > 0 && (
        <button type="button" className={styles.jump} aria-label={t('group.toMention', { count: calls })} onClick={() => toMention(first)}>
          <b aria-hidden="true">@</b>
          <span aria-hidden="true">{calls}</span>
        </button>
      )}
      {far && (
        <button
          type="button"
          className={styles.jump}
          aria-label={unread > 0 ? t('chat.newestUnread', { count: unread }) : t('chat.newest')}
          onClick={toNewest}
        >
          <DownIcon />
          {unread > 0 && <span aria-hidden="true">{unread}</span>}
        </button>
      )}
    </div>
  )
}
