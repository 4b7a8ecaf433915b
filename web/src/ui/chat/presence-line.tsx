import { useTranslation } from 'react-i18next'
import { ago, fullTime } from '../../i18n/format'
import { useChatState } from '../shell/services'
import { useNow } from '../shell/use-now'

/** Under the name: online, or when last seen; the username while that is not known. */
export function PresenceLine({ userId, username }: { userId: string; username: string }) {
  const { t, i18n } = useTranslation()
  const presence = useChatState((state) => state.presence.get(userId))
  const now = useNow()
  if (presence?.status === 'online') return <p data-presence="online">{t('presence.online')}</p>
  if (presence?.status !== 'offline' || presence.last_seen === undefined) return <p>@{username}</p>
  const seen = new Date(presence.last_seen)
  const when = ago(i18n.language, seen, new Date(now))
  return (
    <p data-presence="offline" title={fullTime(i18n.language, seen)}>
      {when === undefined ? t('presence.justNow') : t('presence.lastSeen', { when })}
    </p>
  )
}
