import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Conversation, Member, User } from '../../protocol/contract'
import { Dialog } from '../shell/dialog'
import { useChat, useChatState } from '../shell/services'
import { addMembers } from './group-api'
import { addingFailure } from './group-failure'
import { PeoplePicker } from './people-picker'

/** As many as the contract takes at once. */
const atOnce = 100

interface AddPeopleProps {
  conversation: Conversation
  /** Those who are known to be in it already are not offered. */
  members: readonly Member[]
  close: () => void
}

export function AddPeople({ conversation, members, close }: AddPeopleProps) {
  const { t, i18n } = useTranslation()
  const chat = useChat()
  const limit = useChatState((state) => state.groupLimit)
  const [people, setPeople] = useState<User[]>([])
  const [lacking, setLacking] = useState(false)
  const add = useMutation({ mutationFn: () => addMembers(chat, conversation.id, people.map(({ id }) => id)), onSuccess: close })
  const full = conversation.member_count + people.length > limit
  const tooMany = full || people.length > atOnce
  const error = full ? t('group.tooMany', { count: limit }) : tooMany ? t('members.atOnce', { count: atOnce }) : lacking && people.length === 0 ? t('group.needPeople') : undefined
  return (
    <Dialog
      title={t('members.add')}
      action={t('members.addAction', { count: people.length })}
      busy={add.isPending || tooMany}
      failure={add.error === null ? undefined : addingFailure(t, i18n.language, add.error, people)}
      act={() => (people.length === 0 ? setLacking(true) : add.mutate())}
      close={close}
    >
      <p>{t(conversation.history_visible === true ? 'group.historyShown' : 'group.historyHidden')}</p>
      <PeoplePicker chosen={people} choose={setPeople} without={new Set(members.map(({ user_id }) => user_id))} error={error} />
    </Dialog>
  )
}
