import { useTranslation } from 'react-i18next'
import { conversationFace, conversationName } from '../conversations/conversation-names'
import { Avatar } from '../shell/avatar'
import { BackIcon, SearchIcon } from '../shell/icons'
import { Logo } from '../shell/logo'
import { conversationHref, listHref } from '../shell/route'
import { quiet } from '../../state/chat-state'
import { useChatState } from '../shell/services'
import { useNow } from '../shell/use-now'
import { Announcer } from './announcer'
import styles from './chat-view.module.css'
import { ChatMenu } from './chat-menu'
import { MessageLog } from './message-log'
import { HeaderLine } from './header-line'
import { Writing } from './writing'

/** One conversation: who, what was said, and what one says next. */
export function ChatView({ id }: { id: string }) {
  const { t } = useTranslation()
  const conversation = useChatState((state) => state.conversations.get(id))
  const now = useNow()
  const peerId = conversation?.peer?.id ?? ''
  const online = useChatState((state) => state.presence.get(peerId)?.status === 'online')
  const loading = useChatState((state) => state.list !== 'ready')
  if (conversation === undefined) return loading ? <section className={styles.chat} aria-busy="true" /> : <Missing id={id} />
  const name = conversationName(conversation)
  const { peer } = conversation
  return (
    <section className={styles.chat} aria-label={name}>
      <header className={styles.header}>
        <a className={`icon-button ${styles.back ?? ''}`} href={listHref} aria-label={t('chat.back')}>
          <BackIcon />
        </a>
        <Avatar id={conversationFace(conversation)} name={name} url={peer?.avatar_url ?? conversation.avatar_url} size="small" online={online} group={peer === undefined} />
        <div className={styles.who}>
          <h1 dir="auto">{conversation.kind === 'group' ? <a href={conversationHref(id, 'info')}>{name}</a> : name}</h1>
          <HeaderLine key={`line ${id}`} conversation={conversation} />
        </div>
        <a className="icon-button" href={conversationHref(id, 'search')} aria-label={t('chat.find')}>
          <SearchIcon />
        </a>
        <ChatMenu key={`menu ${id}`} conversation={conversation} />
      </header>
      <MessageLog key={id} conversation={conversation} />
      <Announcer key={`announcer ${id}`} conversation={conversation} muted={quiet(conversation.settings, now)} />
      <Writing key={`writing ${id}`} conversation={conversation} />
    </section>
  )
}

function Missing({ id }: { id: string }) {
  const { t } = useTranslation()
  const name = useChatState((state) => state.left.get(id))
  return (
    <section className={styles.blank}>
      <p role="status">{name === undefined ? t('chat.missing') : t('group.gone', { name })}</p>
      <a className="button" href={listHref}>
        {t('chat.back')}
      </a>
    </section>
  )
}

/** Beside the list, while no conversation is chosen. */
export function NoChat() {
  const { t } = useTranslation()
  return (
    <section className={`${styles.blank ?? ''} ${styles.none ?? ''}`}>
      <Logo size={64} />
      <h2>{t('chat.selectTitle')}</h2>
      <p>{t('chat.selectText')}</p>
    </section>
  )
}
