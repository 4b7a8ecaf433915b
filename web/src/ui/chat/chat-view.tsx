import { useTranslation } from 'react-i18next'
import { conversationFace, conversationName } from '../conversations/conversation-names'
import { Avatar } from '../shell/avatar'
import { BackIcon } from '../shell/icons'
import { Logo } from '../shell/logo'
import { listHref } from '../shell/route'
import { quiet } from '../../state/chat-state'
import { useChatState } from '../shell/services'
import { useNow } from '../shell/use-now'
import { Announcer } from './announcer'
import styles from './chat-view.module.css'
import { ChatMenu } from './chat-menu'
import { MessageLog } from './message-log'
import { PresenceLine } from './presence-line'
import { Writing } from './writing'

/** One conversation: who, what was said, and what one says next. */
export function ChatView({ id }: { id: string }) {
  const { t } = useTranslation()
  const conversation = useChatState((state) => state.conversations.get(id))
  const now = useNow()
  const peerId = conversation?.peer?.id ?? ''
  const online = useChatState((state) => state.presence.get(peerId)?.status === 'online')
  const loading = useChatState((state) => state.list !== 'ready')
  if (conversation === undefined) return loading ? <section className={styles.chat} aria-busy="true" /> : <Missing />
  const name = conversationName(conversation)
  const { peer } = conversation
  return (
    <section className={styles.chat} aria-label={name}>
      <header className={styles.header}>
        <a className={`icon-button ${styles.back ?? ''}`} href={listHref} aria-label={t('chat.back')}>
          <BackIcon />
        </a>
        <Avatar id={conversationFace(conversation)} name={name} url={peer?.avatar_url ?? conversation.avatar_url} size="small" online={online} />
        <div className={styles.who}>
          <h1 dir="auto">{name}</h1>
          {peer !== undefined && peer.deleted !== true && <PresenceLine userId={peer.id} username={peer.username} />}
        </div>
        <ChatMenu key={`menu ${id}`} conversation={conversation} />
      </header>
      <MessageLog key={id} conversation={conversation} />
      <Announcer key={`announcer ${id}`} id={id} name={name} muted={quiet(conversation.settings, now)} />
      <Writing key={`writing ${id}`} conversation={conversation} />
    </section>
  )
}

function Missing() {
  const { t } = useTranslation()
  return (
    <section className={styles.blank}>
      <p>{t('chat.missing')}</p>
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
