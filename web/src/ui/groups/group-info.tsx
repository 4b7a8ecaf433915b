import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import '../../i18n/panels'
import { fullTime } from '../../i18n/format'
import type { Conversation } from '../../protocol/contract'
import { can } from '../../state/chat-state'
import { Avatar } from '../shell/avatar'
import { LeaveIcon } from '../shell/icons'
import { Panel } from '../shell/panel'
import { conversationHref } from '../shell/route'
import { useChat, useChatState } from '../shell/services'
import { useToast } from '../shell/toast'
import { Departure } from './departure'
import { updateGroup } from './group-api'
import { GroupForm } from './group-form'
import styles from './groups.module.css'
import { HistorySwitch } from './history-switch'
import { Invitations } from './invitations'
import { Members } from './members'
import { useLatestNotice } from './use-latest-notice'
import { useOpening } from './use-opening'

/** What a group is and who is in it; of what can be done, only what one may do is shown. */
export function GroupInfo({ id }: { id: string }) {
  const { t } = useTranslation()
  const conversation = useChatState((state) => state.conversations.get(id))
  useFreshMembers(id)
  if (conversation?.kind !== 'group') return null
  return (
    <Panel title={t('group.info')} back={conversationHref(id)}>
      <div className={styles.info}>
        <About key={conversation.id} conversation={conversation} />
        <Past conversation={conversation} />
        <Members conversation={conversation} />
        {can(conversation, 'invite') && <Invitations id={id} />}
        <Leaving conversation={conversation} />
      </div>
    </Panel>
  )
}

/** The list is fetched anew when the log tells of a change. */
function useFreshMembers(id: string): void {
  const queries = useQueryClient()
  const notice = useLatestNotice(id)
  useEffect(() => {
    if (notice !== undefined) void queries.invalidateQueries({ queryKey: ['members', id] })
  }, [queries, id, notice])
}

function About({ conversation }: { conversation: Conversation }) {
  const { t, i18n } = useTranslation()
  const { open: editing, setOpen: setEditing, button } = useOpening()
  const { id, name = '', description, avatar_url: picture, created_at: created } = conversation
  if (editing) return <GroupForm conversation={conversation} done={() => setEditing(false)} />
  return (
    <div className={styles.about}>
      <Avatar id={id} name={name} url={picture} size="large" group />
      <h2 dir="auto">{name}</h2>
      {description !== undefined && (
        <p className={styles.description} dir="auto">
          {description}
        </p>
      )}
      <p className={styles.hint}>
        {t('group.created', { when: fullTime(i18n.language, new Date(created)) })}
      </p>
      {can(conversation, 'update') && (
        <button ref={button} type="button" className="button" onClick={() => setEditing(true)}>
          {t('group.edit')}
        </button>
      )}
    </div>
  )
}

/** Whether new members see what was said before: to decide for those who may, to know for all others. */
function Past({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation()
  const chat = useChat()
  const toast = useToast()
  const { id, history_visible: shown = false } = conversation
  const rule = useMutation({ mutationFn: () => updateGroup(chat, id, { history_visible: !shown }), onError: toast })
  if (!can(conversation, 'update')) return <p className={styles.hint}>{t(shown ? 'group.historyShown' : 'group.historyHidden')}</p>
  return <HistorySwitch on={rule.isPending ? !shown : shown} busy={rule.isPending} toggle={() => rule.mutate()} />
}

function Leaving({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation()
  const [asked, setAsked] = useState<'leave' | 'delete'>()
  return (
    <div className={styles.leaving}>
      <button type="button" className={styles.entry} onClick={() => setAsked('leave')}>
        <LeaveIcon />
        {t('group.leave')}
      </button>
      {can(conversation, 'delete') && (
        <button type="button" className={styles.entry} onClick={() => setAsked('delete')}>
          <LeaveIcon />
          {t('group.delete')}
        </button>
      )}
      {asked !== undefined && <Departure conversation={conversation} kind={asked} close={() => setAsked(undefined)} />}
    </div>
  )
}
