import { useTranslation } from 'react-i18next'
import type { Conversation } from '../../protocol/contract'
import { can } from '../../state/chat-state'
import { conversationName } from '../conversations/conversation-names'
import { useChatState } from '../shell/services'
import { Composer } from './composer'
import styles from './composer.module.css'
import { useUnblock } from './use-unblock'

/** The composer, or why there is none. */
export function Writing({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation()
  const { peer } = conversation
  const name = conversationName(conversation)
  const blocked = useChatState((state) => peer !== undefined && state.blocked?.has(peer.id) === true)
  const unblock = useUnblock()
  if (peer?.deleted === true) return <p className={styles.instead}>{t('chat.deletedPeer')}</p>
  if (peer !== undefined && blocked) {
    return (
      <div className={styles.instead} role="status">
        <p>{t('block.composer', { name })}</p>
        <button type="button" className="link-button" onClick={() => unblock(peer.id)}>
          {t('block.unblock')}
        </button>
      </div>
    )
  }
  if (conversation.kind === 'group' && !can(conversation, 'send')) return <p className={styles.instead}>{t('group.readOnly')}</p>
  return <Composer conversation={conversation} />
}
