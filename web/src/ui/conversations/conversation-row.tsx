import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Conversation } from '../../protocol/contract'
import { shortTime } from '../../i18n/format'
import { tickOf } from '../chat/tick-of'
import { Tick } from '../chat/tick'
import { Avatar } from '../shell/avatar'
import { conversationHref } from '../shell/route'
import { useChat, useChatState } from '../shell/services'
import { conversationFace, conversationName } from './conversation-names'
import styles from './conversation-row.module.css'

interface Props {
  conversation: Conversation
  selected: boolean
  opened?: () => void
}

export const ConversationRow = memo(function ConversationRow({ conversation, selected, opened }: Props) {
  const { t, i18n } = useTranslation()
  const name = conversationName(conversation)
  const unread = conversation.unread_count
  const shownTime = conversation.last_message === undefined ? conversation.created_at : conversation.updated_at
  const time = new Date(shownTime)
  return (
    <li className={styles.item}>
      <a
        href={conversationHref(conversation.id)}
        className={styles.row}
        aria-current={selected ? 'page' : undefined}
        data-arrow
        data-conversation={conversation.id}
        onClick={opened}
      >
        <Avatar id={conversationFace(conversation)} name={name} />
        <span className={styles.body}>
          <span className={styles.line}>
            <span className={styles.name} dir="auto">
              {name}
            </span>
            <time className={styles.time} dateTime={shownTime}>
              {shortTime(i18n.language, time, new Date(), t('chat.yesterday'))}
            </time>
          </span>
          <span className={styles.line}>
            <Preview conversation={conversation} selected={selected} />
            {unread > 0 && (
              <span className={styles.badge}>
                <span aria-hidden="true">{unread > 999 ? '999+' : unread}</span>
                <span className="visually-hidden">{t('list.unread', { count: unread })}</span>
              </span>
            )}
          </span>
        </span>
      </a>
    </li>
  )
})

/** The draft, else what failed or is on its way, else the last message. */
function Preview({ conversation, selected }: { conversation: Conversation; selected: boolean }) {
  const { t } = useTranslation()
  const me = useChat().user.id
  const draft = useChatState((state) => state.drafts.get(conversation.id))
  const pending = useChatState((state) => state.pending.get(conversation.id)?.at(-1))
  const last = conversation.last_message
  if (draft !== undefined && !selected) {
    return <Line label={<span className={styles.draft}>{t('list.draft')}</span>} text={draft} />
  }
  if (pending !== undefined) {
    if (pending.state === 'failed') return <Line label={<span className={styles.failed}>{t('list.failedText')}</span>} text={pending.content} />
    return <Line label={<Tick kind={pending.state} />} text={pending.content} />
  }
  if (last === undefined) return <Line text={t('list.noMessages')} />
  const mine = last.sender_id === me && conversation.kind === 'direct'
  return <Line label={mine ? <Tick kind={tickOf(last.seq, conversation)} /> : undefined} text={last.content} />
}

function Line({ label, text }: { label?: React.ReactNode; text: string }) {
  return (
    <span className={styles.preview} dir="auto">
      {label}
      <span className={styles.previewText}>{text.slice(0, 200)}</span>
    </span>
  )
}
