import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useId, useRef, useState, type SyntheticEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { dateAndTime } from '../../i18n/format'
import type { Invitation } from '../../protocol/contract'
import { Loading } from '../settings/loading'
import { failureText } from '../shell/failure-text'
import { LinkIcon } from '../shell/icons'
import { joinLink } from '../shell/route'
import { useChat } from '../shell/services'
import { personName, usePerson } from '../shell/use-people'
import { invite, listInvitations, revokeInvitation } from './group-api'
import styles from './groups.module.css'
import { useKeptFocus } from './use-kept-focus'
import { useOpening } from './use-opening'

const hour = 3_600
const lifetimes = [
  ['hour', hour],
  ['day', 24 * hour],
  ['week', 7 * 24 * hour],
  ['month', 30 * 24 * hour],
] as const
const uses = [1, 10, 100] as const

/** Links by which people join: make one, copy it, take it back. */
export function Invitations({ id }: { id: string }) {
  const { t } = useTranslation()
  const chat = useChat()
  const queries = useQueryClient()
  const { open: making, setOpen: setMaking, button } = useOpening()
  const [fresh, setFresh] = useState<string>()
  const heading = useRef<HTMLHeadingElement>(null)
  useKeptFocus(heading)
  const invitations = useQuery({ queryKey: ['invitations', id], queryFn: () => listInvitations(chat, id), staleTime: 0, retry: 1 })
  const changed = () => queries.invalidateQueries({ queryKey: ['invitations', id] })
  const revoke = useMutation({ mutationFn: (invitationId: string) => revokeInvitation(chat, id, invitationId), onSettled: changed })
  const made = async ({ id: invitationId }: Invitation) => {
    await changed()
    setFresh(invitationId)
    setMaking(false)
  }
  return (
    <section className={styles.part} aria-label={t('invite.title')}>
      <h2 ref={heading} tabIndex={-1}>
        {t('invite.title')}
      </h2>
      <p className={styles.hint}>{t('invite.text')}</p>
      {revoke.isError && (
        <p className={styles.error} role="alert">
          {failureText(t, revoke.error)}
        </p>
      )}
      <Loading query={invitations} />
      <ul className={styles.links}>
        {invitations.data?.map((invitation) => (
          <Link key={invitation.id} invitation={invitation} fresh={invitation.id === fresh} busy={revoke.isPending} revoke={() => revoke.mutate(invitation.id)} />
        ))}
      </ul>
      {making ? (
        <NewLink id={id} made={made} close={() => setMaking(false)} />
      ) : (
        <button ref={button} type="button" className={styles.entry} onClick={() => setMaking(true)}>
          <LinkIcon />
          {t('invite.make')}
        </button>
      )}
    </section>
  )
}

interface LinkProps {
  invitation: Invitation
  /** Made just now: one goes on by copying it. */
  fresh: boolean
  busy: boolean
  revoke: () => void
}

function Link({ invitation, fresh, busy, revoke }: LinkProps) {
  const { t, i18n } = useTranslation()
  const [copied, setCopied] = useState<boolean>()
  const copying = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (fresh) copying.current?.focus()
  }, [fresh])
  const maker = usePerson(invitation.created_by)
  const link = joinLink(location.origin, invitation.code)
  const when = dateAndTime(i18n.language, new Date(invitation.expires_at))
  const { uses: used, max_uses: most } = invitation
  // Without https the browser has no clipboard for pages: the link is there to be selected.
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link)
      setCopied(true)
    } catch {
      setCopied(false)
    }
  }
  return (
    <li className={styles.link} data-invitation>
      <input className={styles.address} readOnly value={link} aria-label={t('invite.link')} onFocus={(event) => event.target.select()} />
      <p className={styles.hint}>
        {most === undefined ? t('invite.used', { count: used }) : t('invite.usedOf', { used, most })}
        {' · '}
        {t('invite.until', { when })}
        {' · '}
        <span dir="auto">{personName(maker)}</span>
      </p>
      <div className={styles.linkActions}>
        <button ref={copying} type="button" className="link-button" onClick={() => void copy()}>
          {t('invite.copy')}
        </button>
        <button type="button" className="link-button" aria-disabled={busy} onClick={() => !busy && revoke()}>
          {t('invite.revoke')}
        </button>
        <span role="status">{copied !== undefined && t(copied ? 'invite.copied' : 'invite.copyFailed')}</span>
      </div>
    </li>
  )
}

interface NewLinkProps {
  id: string
  made: (invitation: Invitation) => Promise<void>
  close: () => void
}

function NewLink({ id, made, close }: NewLinkProps) {
  const { t } = useTranslation()
  const chat = useChat()
  const lifetimeId = useId()
  const usesId = useId()
  const first = useRef<HTMLSelectElement>(null)
  useEffect(() => first.current?.focus(), [])
  const make = useMutation({
    mutationFn: ({ lifetime, most }: { lifetime: number; most: number | undefined }) => invite(chat, id, lifetime, most),
    onSuccess: made,
  })
  const submit = (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (make.isPending) return
    const data = new FormData(event.currentTarget)
    const most = Number(data.get('uses'))
    make.mutate({ lifetime: Number(data.get('lifetime')), most: most === 0 ? undefined : most })
  }
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- Escape closes it from anywhere in it
    <form
      className={styles.newLink}
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.preventDefault()
        close()
      }}
    >
      <label htmlFor={lifetimeId}>{t('invite.lifetime')}</label>
      <select ref={first} id={lifetimeId} name="lifetime" defaultValue={7 * 24 * hour}>
        {lifetimes.map(([name, seconds]) => (
          <option key={name} value={seconds}>
            {t(`invite.lifetimes.${name}`)}
          </option>
        ))}
      </select>
      <label htmlFor={usesId}>{t('invite.uses')}</label>
      <select id={usesId} name="uses" defaultValue={0}>
        <option value={0}>{t('invite.anyNumber')}</option>
        {uses.map((most) => (
          <option key={most} value={most}>
            {t('invite.people', { count: most })}
          </option>
        ))}
      </select>
      {make.isError && (
        <p className={styles.error} role="alert">
          {failureText(t, make.error)}
        </p>
      )}
      <div className={styles.submit}>
        <button type="submit" className="button primary" aria-disabled={make.isPending}>
          {t('invite.makeAction')}
        </button>
        <button type="button" className="button" onClick={close}>
          {t('common.cancel')}
        </button>
      </div>
    </form>
  )
}
