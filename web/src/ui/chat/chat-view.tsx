import { useTranslation } from 'react-i18next'
import { conversationFace, conversationName } from '../conversations/conversation-names'
import { Avatar } from '../shell/avatar'
import { BackIcon } from '../shell/icons'
import { Logo } from '../shell/logo'
import { listHref } from '../shell/route'
import { useChatState } from '../shell/services'
import { Announcer } from './announcer'
import styles from './chat-view.module.css'
import { Composer } from './composer'
import { MessageLog } from './message-log'

/** One conversation: who, what was said, and what one says next. */
export function ChatView({ id }: { id: string }) {
  const { t } = useTranslation()
  const conversation = useChatState((state) => state.conversations.get(id))
  const loading = useChatState((state) => state.list !== 'ready')
  if (conversation === undefined) return loading ? <section className={styles.chat} aria-busy="true" /> : <Missing />
  const name = conversationName(conversation)
  return (
    <section className={styles.chat} aria-label={name}>
      <header className={styles.header}>
        <a className={`icon-button ${styles.back ?? ''}`} href={listHref} aria-label={t('chat.back')}>
          <BackIcon />
        </a>
        <Avatar id={conversationFace(conversation)} name={name} size="small" />
        <div className={styles.who}>
          <h1 dir="auto">{name}</h1>
          {conversation.peer !== undefined && <p>@{conversation.peer.username}</p>}
        </div>
      </header>
      <MessageLog key={id} conversation={conversation} />
      <Announcer key={`announcer ${id}`} id={id} name={name} />
      <Composer key={`composer ${id}`} id={id} name={name} />
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
