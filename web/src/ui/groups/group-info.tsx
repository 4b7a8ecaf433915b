import { useQueryClient } from '@tanstack/react-query'
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
import { useChatState } from '../shell/services'
import { Departure } from './departure'
import { GroupForm } from './group-form'
import styles from './groups.module.css'
import { Invitations } from './invitations'
import { Members } from './members'

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
        <Members conversation={conversation} />
        {can(conversation, 'invite') && <Invitations id={id} />}
        <Leaving conversation={conversation} />
      </div>
    </Panel>
  )
}

/** Every change of the members is told in the log: the list is then fetched anew. */
function useFreshMembers(id: string): void {
  const queries = useQueryClient()
  const notice = useChatState((state) => state.timelines.get(id)?.messages.findLast(({ type }) => type === 'system')?.seq)
  useEffect(() => {
    if (notice !== undefined) void queries.invalidateQueries({ queryKey: ['members', id] })
  }, [queries, id, notice])
}

function About({ conversation }: { conversation: Conversation }) {
  const { t, i18n } = useTranslation()
  const [editing, setEditing] = useState(false)
  const { id, name = '', description, avatar_url: picture, created_at: created, history_visible: shown } = conversation
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
        <br />
        {t(shown === true ? 'group.historyShown' : 'group.historyHidden')}
      </p>
      {can(conversation, 'update') && (
        <button type="button" className="button" onClick={() => setEditing(true)}>
          {t('group.edit')}
        </button>
      )}
    </div>
  )
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
