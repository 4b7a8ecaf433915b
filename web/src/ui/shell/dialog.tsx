import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { failureText } from './failure-text'
import { Modal, useCloseModal } from './modal'
import styles from './dialog.module.css'

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

/** Asks before something is done. */
export function Dialog({ title, close, children, ...question }: DialogProps) {
  return (
    <Modal title={title} close={close}>
      <Question {...question}>{children}</Question>
    </Modal>
  )
}

/** Tells something; there is only to close it. */
export function Notice({ title, close, children }: { title: string; close: () => void; children: ReactNode }) {
  return (
    <Modal title={title} close={close}>
      {children}
      <Closing />
    </Modal>
  )
}

function Closing() {
  const { t } = useTranslation()
  const close = useCloseModal()
  return (
    <div className={styles.actions}>
      <button type="button" className="button" onClick={close}>
        {t('common.close')}
      </button>
    </div>
  )
}

function Question({ action, danger = false, busy, failure, act, children }: Omit<DialogProps, 'title' | 'close'>) {
  const { t } = useTranslation()
  const cancel = useCloseModal()
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (!busy) act()
      }}
    >
      {children}
      {failure !== undefined && failure !== null && (
        <p className={styles.error} role="alert">
          {typeof failure === 'string' ? failure : failureText(t, failure)}
        </p>
      )}
      <div className={styles.actions}>
        <button type="button" className="button" onClick={cancel}>
          {t('common.cancel')}
        </button>
        <button type="submit" className={danger ? 'button danger' : 'button primary'} aria-disabled={busy}>
          {action}
        </button>
      </div>
    </form>
  )
}
