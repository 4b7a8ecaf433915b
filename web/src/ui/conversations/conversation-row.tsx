import { memo, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { Conversation, Message } from '../../protocol/contract'
import { shortTime } from '../../i18n/format'
import { calling, quiet } from '../../state/chat-state'
import { useSystemText } from '../chat/system-row'
import { reachedByPeer, tickOf } from '../chat/tick-of'
import { Tick } from '../chat/tick'
import { useTypingText } from '../chat/use-typing'
import { Avatar } from '../shell/avatar'
import { MenuIcon, MutedIcon, PinIcon } from '../shell/icons'
import { conversationHref } from '../shell/route'
import { useChat, useChatState } from '../shell/services'
import { conversationFace, conversationName } from './conversation-names'
import { useNow } from '../shell/use-now'
import { personName } from '../shell/use-people'
import { useRowMenu } from './row-menu'
import { useLongPress } from './use-long-press'
import styles from './conversation-row.module.css'

interface Props {
  conversation: Conversation
  selected: boolean
  opened?: () => void
}

export const ConversationRow = memo(function ConversationRow({ conversation, selected, opened }: Props) {
  const { t, i18n } = useTranslation()
  const name = conversationName(conversation)
  const { unread_count: unread, unread_mentions: calls = 0 } = conversation
  const shownTime = conversation.last_message === undefined ? conversation.created_at : conversation.updated_at
  const time = new Date(shownTime)
  const { peer, settings } = conversation
  const online = useChatState((state) => peer !== undefined && state.presence.get(peer.id)?.status === 'online')
  const now = useNow()
  const muted = quiet(settings, now)
  const subdued = calling(conversation, now) === 0
  const link = useRef<HTMLAnchorElement>(null)
  const openMenu = useRowMenu()
  const press = useLongPress((x, y) => link.current !== null && openMenu({ id: conversation.id, x, y, from: link.current }))
  return (
    <li className={styles.item}>
      <a
        ref={link}
        href={conversationHref(conversation.id)}
        className={styles.row}
        aria-current={selected ? 'page' : undefined}
        data-arrow
        data-conversation={conversation.id}
        draggable={false}
        onClick={opened}
        {...press}
      >
        <Avatar id={conversationFace(conversation)} name={name} url={peer?.avatar_url ?? conversation.avatar_url} online={online} group={peer === undefined} />
        <span className={styles.body}>
          <span className={styles.line}>
            <span className={styles.name} dir="auto">
              {name}
              {online && <span className="visually-hidden"> {t('presence.online')}</span>}
            </span>
            {settings.pinned && <Mark label={t('list.pinned')}><PinIcon /></Mark>}
            {muted && <Mark label={t('list.muted')}><MutedIcon /></Mark>}
            <time className={styles.time} dateTime={shownTime}>
              {shortTime(i18n.language, time, new Date(now), t('chat.yesterday'))}
            </time>
          </span>
          <span className={styles.line}>
            <Preview conversation={conversation} selected={selected} />
            {calls > 0 && (
              <span className={`${styles.badge ?? ''} ${styles.call ?? ''}`}>
                <span aria-hidden="true">@</span>
                <span className="visually-hidden">{t('list.mentions', { count: calls })}</span>
              </span>
            )}
            {unread > 0 && (
              <span className={subdued ? `${styles.badge ?? ''} ${styles.calm ?? ''}` : styles.badge}>
                <span aria-hidden="true">{unread > 999 ? '999+' : unread}</span>
                <span className="visually-hidden">{t('list.unread', { count: unread })}</span>
              </span>
            )}
          </span>
        </span>
      </a>
      <button
        type="button"
        className={`icon-button ${styles.more ?? ''}`}
        aria-haspopup="menu"
        aria-label={t('actions.label', { name })}
        onClick={(event) => {
          const from = event.currentTarget
          const box = from.getBoundingClientRect()
          openMenu({ id: conversation.id, x: box.left, y: box.bottom, from })
        }}
      >
        <MenuIcon />
      </button>
    </li>
  )
})

function Mark({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <span className={styles.mark} title={label}>
      {children}
      <span className="visually-hidden">{label}</span>
    </span>
  )
}

/** The draft, else what failed or is on its way, else the last message. */
function Preview({ conversation, selected }: { conversation: Conversation; selected: boolean }) {
  const { t } = useTranslation()
  const me = useChat().user.id
  const draft = useChatState((state) => state.drafts.get(conversation.id))
  const pending = useChatState((state) => state.pending.get(conversation.id)?.at(-1))
  const typing = useTypingText(conversation)
  const last = conversation.last_message
  if (draft !== undefined && !selected) {
    return <Line label={<span className={styles.draft}>{t('list.draft')}</span>} text={draft} />
  }
  if (pending !== undefined) {
    if (pending.state === 'failed') return <Line label={<span className={styles.failed}>{t('list.failedText')}</span>} text={pending.content} />
    return <Line label={<Tick kind={pending.state} />} text={pending.content} />
  }
  if (typing !== undefined) return <Line label={<span className={styles.draft}>{typing}</span>} text="" />
  if (last === undefined) return <Line text={t('list.noMessages')} />
  if (conversation.kind === 'group') return <GroupLine message={last} own={last.sender_id === me} />
  return <Line label={last.sender_id === me ? <Tick kind={tickOf(last.seq, reachedByPeer(conversation))} /> : undefined} text={last.content} />
}

function GroupLine({ message, own }: { message: Message; own: boolean }) {
  const { t } = useTranslation()
  const sender = useChatState((state) => (message.sender_id === undefined ? undefined : state.people.get(message.sender_id)))
  const event = useSystemText(message)
  if (message.type === 'system') return <Line text={event} />
  if (own) return <Line text={t('list.you', { text: message.content })} />
  return <Line text={sender === undefined ? message.content : `${personName(sender)}: ${message.content}`} />
}

function Line({ label, text }: { label?: React.ReactNode; text: string }) {
  return (
    <span className={styles.preview} dir="auto">
      {label}
      <span className={styles.previewText}>{text.slice(0, 200)}</span>
    </span>
  )
}
