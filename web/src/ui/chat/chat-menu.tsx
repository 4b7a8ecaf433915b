import { DropdownMenu } from 'radix-ui'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Conversation } from '../../protocol/contract'
import { ConversationActions, Item } from '../conversations/conversation-actions'
import { conversationName } from '../conversations/conversation-names'
import { MenuIcon } from '../shell/icons'
import { conversationHref, navigate } from '../shell/route'
import { useChatState } from '../shell/services'
import { useNow } from '../shell/use-now'
import styles from '../shell/menu.module.css'
import { BlockDialog } from './block-dialog'
import { useUnblock } from './use-unblock'

/** What can be done with the conversation on the screen, and with the person in it. */
export function ChatMenu({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation()
  const now = useNow()
  const [blocking, setBlocking] = useState(false)
  const wanted = useRef(false)
  const { peer } = conversation
  const blocked = useChatState((state) => peer !== undefined && state.blocked?.has(peer.id) === true)
  const unblock = useUnblock()
  const name = conversationName(conversation)
  // Only once the menu has given the focus back: the dialog returns it to where it was.
  const ask = () => {
    setBlocking(wanted.current)
    wanted.current = false
  }
  return (
    <>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger className="icon-button" aria-label={t('actions.label', { name })}>
          <MenuIcon />
        </DropdownMenu.Trigger>
        <DropdownMenu.Content className={styles.menu} align="end" sideOffset={6} collisionPadding={8} onCloseAutoFocus={ask}>
          {conversation.kind === 'group' && (
            <>
              <Item text={t('group.info')} choose={() => navigate(conversationHref(conversation.id, 'info'))} />
              <DropdownMenu.Separator className={styles.separator} />
            </>
          )}
          <ConversationActions conversation={conversation} now={now} />
          {peer !== undefined && peer.deleted !== true && (
            <>
              <DropdownMenu.Separator className={styles.separator} />
              {blocked ? (
                <Item text={t('block.unblock')} choose={() => unblock(peer.id)} />
              ) : (
                <Item text={t('block.action', { name })} choose={() => (wanted.current = true)} danger />
              )}
            </>
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Root>
      {blocking && peer !== undefined && <BlockDialog userId={peer.id} name={name} close={() => setBlocking(false)} />}
    </>
  )
}
