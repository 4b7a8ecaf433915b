import { useTranslation } from 'react-i18next'
import type { Conversation } from '../../protocol/contract'
import type { Timeline } from '../../state/model'
import { conversationFace, conversationName } from '../conversations/conversation-names'
import { Avatar } from '../shell/avatar'
import styles from './message-log.module.css'

/** Above the messages: that more are coming, that they could not be had, or that these are all. */
export function LogTop({ conversation, timeline, retry }: { conversation: Conversation; timeline: Timeline; retry: () => void }) {
  const { t } = useTranslation()
  const name = conversationName(conversation)
  const first = timeline.messages[0]?.seq
  const startText = () => {
    if (conversation.kind === 'group') return (first ?? 1) > 1 ? t('group.sinceJoined') : t('group.start', { name })
    return first === undefined ? t('chat.sayHello', { name }) : t('chat.start', { name })
  }
  if (timeline.history === 'failed') {
    return (
      <div className={styles.top} role="alert">
        <p>{t('chat.olderFailed')}</p>
        <button type="button" className="button" onClick={retry}>
          {t('common.retry')}
        </button>
      </div>
    )
  }
  if (!timeline.complete) {
    return (
      <div className={styles.top}>
        <span className={styles.spinner} role="status">
          <span className="visually-hidden">{t('chat.loadingOlder')}</span>
        </span>
      </div>
    )
  }
  return (
    <div className={styles.top}>
      <Avatar id={conversationFace(conversation)} name={name} url={conversation.peer?.avatar_url ?? conversation.avatar_url} size="large" group={conversation.peer === undefined} />
      <h2 dir="auto">{name}</h2>
      {conversation.description !== undefined && <p dir="auto">{conversation.description}</p>}
      <p>{startText()}</p>
    </div>
  )
}
