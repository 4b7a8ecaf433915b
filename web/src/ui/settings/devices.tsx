import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ago, fullTime } from '../../i18n/format'
import { unwrap, type Api } from '../../api/http'
import type { SessionInfo } from '../../protocol/contract'
import { Dialog } from '../shell/dialog'
import { failureText } from '../shell/failure-text'
import { useChat } from '../shell/services'
import { useNow } from '../shell/use-now'
import { Card } from './card'
import { Loading } from './loading'
import { deviceName } from './device-name'
import styles from './settings.module.css'

async function allSessions(api: Api): Promise<SessionInfo[]> {
  const sessions: SessionInfo[] = []
  let cursor: string | undefined
  do {
    const query = cursor === undefined ? { limit: 100 } : { limit: 100, cursor }
    const page = await unwrap(api.GET('/api/auth/sessions', { params: { query } }))
    sessions.push(...page.items)
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined)
  return sessions.sort((a, b) => Number(b.current) - Number(a.current) || (a.last_used_at < b.last_used_at ? 1 : -1))
}

/** Where one is signed in, and the way to end it. This device's way out is in the menu. */
export function Devices() {
  const { t } = useTranslation()
  const { api } = useChat()
  const queries = useQueryClient()
  const [asking, setAsking] = useState(false)
  const sessions = useQuery({ queryKey: ['sessions'], queryFn: () => allSessions(api), staleTime: 0, retry: 1 })
  const end = useMutation({
    mutationFn: async (ids: string[]) => {
      for (const id of ids) await unwrap(api.DELETE('/api/auth/sessions/{session_id}', { params: { path: { session_id: id } } }))
    },
    onSuccess: () => setAsking(false),
    onSettled: () => queries.invalidateQueries({ queryKey: ['sessions'] }),
  })
  const others = sessions.data?.filter(({ current }) => !current) ?? []
  return (
    <Card title={t('settings.devices.title')} text={t('settings.devices.text')}>
      {end.isError && !asking && (
        <p className={styles.error} role="alert">
          {failureText(t, end.error)}
        </p>
      )}
      <Loading query={sessions} />
      <ul className={styles.rows}>
        {sessions.data?.map((session) => (
          <Device key={session.id} session={session} busy={end.isPending} end={() => end.mutate([session.id])} />
        ))}
      </ul>
      {others.length > 1 && (
        <button type="button" className="button" onClick={() => setAsking(true)}>
          {t('settings.devices.endOthers')}
        </button>
      )}
      {asking && (
        <Dialog
          title={t('settings.devices.endOthers')}
          action={t('menu.signOut')}
          danger
          busy={end.isPending}
          failure={end.error}
          act={() => end.mutate(others.map(({ id }) => id))}
          close={() => setAsking(false)}
        >
          <p>{t('settings.devices.endOthersText', { count: others.length })}</p>
        </Dialog>
      )}
    </Card>
  )
}

function Device({ session, busy, end }: { session: SessionInfo; busy: boolean; end: () => void }) {
  const { t, i18n } = useTranslation()
  const now = useNow()
  const used = new Date(session.last_used_at)
  const name = deviceName(session.device_name) || t('settings.devices.unnamed')
  return (
    <li className={styles.row}>
      <div className={styles.what}>
        <strong title={session.device_name}>{name}</strong>
        {session.current ? (
          <span className={styles.here}>{t('settings.devices.this')}</span>
        ) : (
          <span title={fullTime(i18n.language, used)}>
            {t('settings.devices.used', { when: ago(i18n.language, used, new Date(now)) ?? t('settings.devices.now') })}
          </span>
        )}
      </div>
      {!session.current && (
        <button type="button" className="button" aria-disabled={busy} aria-label={t('settings.devices.endOne', { name })} onClick={() => !busy && end()}>
          {t('menu.signOut')}
        </button>
      )}
    </li>
  )
}
