import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import chatStyles from '../chat/chat-view.module.css'
import { BackIcon, ClearIcon } from './icons'
import styles from './panel.module.css'
import { navigate } from './route'

interface PanelProps {
  title: string
  /** Where closing leads. */
  back: string
  children: ReactNode
}

/** Beside the chat, or in its place where the screen is too narrow for both. Once it is closed, the focus is where it was before. */
export function Panel({ title, back, children }: PanelProps) {
  const { t } = useTranslation()
  const heading = useRef<HTMLHeadingElement>(null)
  useReturnOfFocus()
  useEffect(() => {
    // Unless something in it has taken the focus already.
    if (heading.current?.closest('section')?.contains(document.activeElement) === false) heading.current.focus()
  }, [])
  const onKeyDown = (event: KeyboardEvent) => {
    // What is open in it, and an input method, have their own use for it.
    const taken = event.defaultPrevented || event.nativeEvent.isComposing || (event.target as Element).closest('dialog') !== null
    if (event.key === 'Escape' && !taken) navigate(back)
  }
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- Escape closes it from anywhere in it
    <section className={`${chatStyles.chat ?? ''} ${styles.panel ?? ''}`} aria-label={title} onKeyDown={onKeyDown}>
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

function useReturnOfFocus(): void {
  const [before] = useState(() => document.activeElement)
  useEffect(
    () => () => {
      if (document.activeElement === document.body && before instanceof HTMLElement && before.isConnected) before.focus()
    },
    [before],
  )
}
