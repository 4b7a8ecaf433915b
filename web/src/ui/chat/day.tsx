import { useTranslation } from 'react-i18next'
import { dayName, daysAgo } from '../../i18n/format'
import styles from './message-log.module.css'

export function Day({ time }: { time: string }) {
  const { t, i18n } = useTranslation()
  const date = new Date(time)
  const now = new Date()
  const days = daysAgo(date, now)
  const text = days === 0 ? t('chat.today') : days === 1 ? t('chat.yesterday') : dayName(i18n.language, date, now)
  return (
    <li className={styles.day}>
      <time dateTime={time}>{text}</time>
    </li>
  )
}
