import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Conversation } from '../../protocol/contract'
import { Dialog, Notice } from '../shell/dialog'
import { listHref, navigate } from '../shell/route'
import { useChat } from '../shell/services'
import { deleteGroup, removeMember } from './group-api'

interface DepartureProps {
  conversation: Conversation
  kind: 'leave' | 'delete'
  close: () => void
}

/** Asks before one leaves the group or ends it for everybody. */
export function Departure({ conversation, kind, close }: DepartureProps) {
  const { t } = useTranslation()
  const chat = useChat()
  const { id, name = '', my_role: role, member_count: count } = conversation
  const go = useMutation({
    mutationFn: async () => {
      await (kind === 'leave' ? removeMember(chat, id, chat.user.id) : deleteGroup(chat, id))
      navigate(listHref, { replace: true })
    },
  })
  const owner = role === 'owner'
  if (kind === 'leave' && owner && count > 1) {
    return (
      <Notice title={t('group.ownerLeavesTitle')} close={close}>
        <p>{t('group.ownerLeaves')}</p>
      </Notice>
    )
  }
  const text = kind === 'delete' ? 'group.deleteText' : owner ? 'group.lastLeaves' : 'group.leaveText'
  return (
    <Dialog
      title={t(kind === 'leave' ? 'group.leaveTitle' : 'group.deleteTitle', { name })}
      action={t(kind === 'leave' ? 'group.leave' : 'group.deleteConfirm')}
      danger
      busy={go.isPending}
      failure={go.error}
      act={() => go.mutate()}
      close={close}
    >
      <p>{t(text)}</p>
    </Dialog>
  )
}
