import { useEffect, useRef, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import chatStyles from '../chat/chat-view.module.css'
import { BackIcon, ClearIcon } from './icons'
import styles from './panel.module.css'

interface PanelProps {
  title: string
  /** Where closing leads. */
  back: string
  children: ReactNode
}

/** Beside the chat, or in its place where the screen is too narrow for both. */
export function Panel({ title, back, children }: PanelProps) {
  const { t } = useTranslation()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    // Unless something in it has taken the focus already.
    if (heading.current?.closest('section')?.contains(document.activeElement) === false) heading.current.focus()
  }, [])
  return (
    <section className={`${chatStyles.chat ?? ''} ${styles.panel ?? ''}`} aria-label={title}>
      <header className={chatStyles.header}>
        <a className={`icon-button ${styles.back ?? ''}`} href={back} aria-label={t('common.back')}>
          <BackIcon />
        </a>
        <h1 ref={heading} className={styles.title} tabIndex={-1}>
          {title}
        </h1>
        <a className={`icon-button ${styles.close ?? ''}`} href={back} aria-label={t('common.close')}>
          <ClearIcon />
        </a>
      </header>
      <div className={styles.scroller}>{children}</div>
    </section>
  )
}
