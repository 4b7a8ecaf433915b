import { useTranslation } from 'react-i18next'
import type { Message } from '../../protocol/contract'
import { useMe } from '../shell/services'
import { useNames } from '../shell/use-people'
import styles from './bubble.module.css'
import { peopleIn, systemText } from './system-text'

/** What happened to the group, between the messages. */
export function SystemRow({ message }: { message: Message }) {
  const text = useSystemText(message)
  return (
    <li className={styles.notice} data-key={message.id} data-seq={message.seq} data-event>
      <span dir="auto">{text}</span>
    </li>
  )
}

export function useSystemText(message: Message): string {
  const { t, i18n } = useTranslation()
  const me = useMe()
  const nameOf = useNames(peopleIn(message))
  return systemText(message, { t, language: i18n.language, me: me.id, nameOf })
}
