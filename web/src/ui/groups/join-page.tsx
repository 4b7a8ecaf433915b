import { useMutation, useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import '../../i18n/panels'
import { ApiError } from '../../api/api-error'
import { fullTime } from '../../i18n/format'
import { Avatar } from '../shell/avatar'
import chatStyles from '../chat/chat-view.module.css'
import { failureText } from '../shell/failure-text'
import { conversationHref, listHref, navigate } from '../shell/route'
import { useChat } from '../shell/services'
import { acceptInvitation, previewInvitation } from './group-api'
import styles from './groups.module.css'

/** What one is invited to, before one is in it. */
export function JoinPage({ code }: { code: string }) {
  const { t, i18n } = useTranslation()
  const chat = useChat()
  const heading = useRef<HTMLHeadingElement>(null)
  const preview = useQuery({
    queryKey: ['invitation', code],
    queryFn: () => previewInvitation(chat, code),
    staleTime: 0,
    retry: (tries, reason) => tries < 2 && ApiError.from(reason).transient,
  })
  const join = useMutation({
    mutationFn: () => acceptInvitation(chat, code),
    onSuccess: ({ id }) => navigate(conversationHref(id), { replace: true }),
  })
  // What was seen before says nothing once it does not work any more.
  const group = preview.isError ? undefined : preview.data
  useEffect(() => heading.current?.focus(), [group])
  const failure = join.error ?? preview.error
  return (
    <section className={`${chatStyles.chat ?? ''} ${styles.join ?? ''}`} aria-label={t('join.title')}>
      {group === undefined && failure === null && <p role="status">{t('common.loading')}</p>}
      {group !== undefined && (
        <div className={styles.invitation}>
          <p>{t('join.title')}</p>
          <Avatar id={code} name={group.name} url={group.avatar_url} size="large" group />
          <h1 ref={heading} dir="auto" tabIndex={-1}>
            {group.name}
          </h1>
          {group.description !== undefined && <p dir="auto">{group.description}</p>}
          <p className={styles.hint}>{t('group.members', { count: group.member_count })}</p>
          {group.conversation_id !== undefined ? (
            <a className="button primary" href={conversationHref(group.conversation_id)}>
              {t('join.open')}
            </a>
          ) : (
            <button type="button" className="button primary" aria-disabled={join.isPending} onClick={() => !join.isPending && join.mutate()}>
              {t('join.action')}
            </button>
          )}
          {!group.member && <p className={styles.hint}>{t('join.until', { when: fullTime(i18n.language, new Date(group.expires_at)) })}</p>}
        </div>
      )}
      {failure !== null && (
        <div className={styles.invitation} role="alert">
          <p>{ApiError.from(failure).code === 'not_found' ? t('error.invitation_expired') : failureText(t, failure)}</p>
          <a className="button" href={listHref}>
            {t('chat.back')}
          </a>
        </div>
      )}
    </section>
  )
}
