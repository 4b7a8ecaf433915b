import { useEffect, useId, useRef, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { failureText } from './failure-text'
import styles from './user-menu.module.css'

interface DialogProps {
  title: string
  /** What the button says that does it. */
  action: string
  danger?: boolean
  busy: boolean
  /** Why it did not work, in words or as it was thrown. */
  failure?: unknown
  act: () => void
  close: () => void
  children?: ReactNode
}

/** Asks before something is done. The native dialog keeps the focus inside, and it goes back to where it was. */
export function Dialog({ title, action, danger = false, busy, failure, act, close, children }: DialogProps) {
  const { t } = useTranslation()
  const dialog = useRef<HTMLDialogElement>(null)
  const titleId = useId()

  useEffect(() => {
    const { current } = dialog
    const before = document.activeElement
    current?.showModal()
    return () => {
      current?.close()
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])

  return (
    <dialog ref={dialog} className={styles.dialog} aria-labelledby={titleId} onClose={close}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          if (!busy) act()
        }}
      >
        <h2 id={titleId}>{title}</h2>
        {children}
        {failure !== undefined && failure !== null && (
          <p className={styles.error} role="alert">
            {typeof failure === 'string' ? failure : failureText(t, failure)}
          </p>
        )}
        <div className={styles.actions}>
          <button type="button" className="button" onClick={() => dialog.current?.close()}>
            {t('common.cancel')}
          </button>
          <button type="submit" className={danger ? 'button danger' : 'button primary'} aria-disabled={busy}>
            {action}
          </button>
        </div>
      </form>
    </dialog>
  )
}
