import { useMutation } from '@tanstack/react-query'
import { DropdownMenu } from 'radix-ui'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Conversation, Member } from '../../protocol/contract'
import { can } from '../../state/chat-state'
import { Item } from '../conversations/conversation-actions'
import { Dialog } from '../shell/dialog'
import { MenuIcon } from '../shell/icons'
import { conversationHref, navigate } from '../shell/route'
import { useChat } from '../shell/services'
import { useToast } from '../shell/toast'
import styles from '../shell/menu.module.css'
import { changeRole, removeMember, transferGroup } from './group-api'

const rank = { member: 0, admin: 1, owner: 2 }

/** What one may do with a member. That one must stand above them is the server's rule; who may do nothing sees nothing of it. */
export function MemberMenu({ member, conversation }: { member: Member; conversation: Conversation }) {
  const { t } = useTranslation()
  const chat = useChat()
  const toast = useToast()
  const [asked, setAsked] = useState<'remove' | 'transfer'>()
  const wanted = useRef<'remove' | 'transfer'>(undefined)
  const { id } = conversation
  const { user_id: userId, display_name: name, role } = member
  const above = rank[conversation.my_role] > rank[role]
  // Only once the menu has given the focus back: the dialog returns it to where it was.
  const ask = () => {
    setAsked(wanted.current)
    wanted.current = undefined
  }
  const message = async () => navigate(conversationHref(await chat.openDirect(userId)))
  const setRole = (next: 'admin' | 'member') => void changeRole(chat, id, userId, next).catch(toast)
  const roles = can(conversation, 'change_roles') && above
  const transfers = can(conversation, 'transfer_ownership')
  const removes = can(conversation, 'remove_members') && above
  return (
    <>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger className="icon-button" aria-label={t('actions.label', { name })}>
          <MenuIcon />
        </DropdownMenu.Trigger>
        <DropdownMenu.Content className={styles.menu} align="end" sideOffset={4} collisionPadding={8} onCloseAutoFocus={ask}>
          <Item text={t('members.message')} choose={() => void message().catch(toast)} />
          {(roles || transfers || removes) && <DropdownMenu.Separator className={styles.separator} />}
          {roles && role === 'member' && <Item text={t('members.makeAdmin')} choose={() => setRole('admin')} />}
          {roles && role === 'admin' && <Item text={t('members.makeMember')} choose={() => setRole('member')} />}
          {transfers && <Item text={t('members.makeOwner')} choose={() => (wanted.current = 'transfer')} />}
          {removes && <Item text={t('members.remove')} choose={() => (wanted.current = 'remove')} danger />}
        </DropdownMenu.Content>
      </DropdownMenu.Root>
      {asked !== undefined && <Question kind={asked} id={id} userId={userId} name={name} close={() => setAsked(undefined)} />}
    </>
  )
}

interface QuestionProps {
  kind: 'remove' | 'transfer'
  id: string
  userId: string
  name: string
  close: () => void
}

function Question({ kind, id, userId, name, close }: QuestionProps) {
  const { t } = useTranslation()
  const chat = useChat()
  const act = useMutation({
    mutationFn: async () => {
      await (kind === 'remove' ? removeMember(chat, id, userId) : transferGroup(chat, id, userId))
    },
    onSuccess: close,
  })
  return (
    <Dialog
      title={t(`members.${kind}Title`, { name })}
      action={t(kind === 'remove' ? 'members.remove' : 'members.makeOwner')}
      danger={kind === 'remove'}
      busy={act.isPending}
      failure={act.error}
      act={() => act.mutate()}
      close={close}
    >
      <p>{t(`members.${kind}Text`)}</p>
    </Dialog>
  )
}
