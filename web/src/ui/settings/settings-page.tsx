import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import chatStyles from '../chat/chat-view.module.css'
import { BackIcon } from '../shell/icons'
import { listHref } from '../shell/route'
import { Blocked } from './blocked'
import { DeleteAccount } from './delete-account'
import { Devices } from './devices'
import { Password } from './password'
import { Privacy } from './privacy'
import { Profile } from './profile'
import styles from './settings.module.css'

/** Everything about one's own account. A chunk of its own: loaded when somebody comes here. */
export function SettingsPage() {
  const { t } = useTranslation()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <section className={chatStyles.chat} aria-label={t('settings.title')}>
      <header className={chatStyles.header}>
        <a className={`icon-button ${chatStyles.back ?? ''}`} href={listHref} aria-label={t('chat.back')}>
          <BackIcon />
        </a>
        <h1 ref={heading} className={styles.title} tabIndex={-1}>
          {t('settings.title')}
        </h1>
      </header>
      <div className={styles.scroller}>
        <div className={styles.column}>
          <Profile />
          <Privacy />
          <Password />
          <Devices />
          <Blocked />
          <DeleteAccount />
        </div>
      </div>
    </section>
  )
}
