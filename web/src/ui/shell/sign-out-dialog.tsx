import { useMutation } from '@tanstack/react-query'
import { useEffect, useId, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useChatState, useSession } from './services'
import styles from './user-menu.module.css'

/** Asks before leaving, and says what becomes of texts that are not sent. The native dialog keeps the focus inside. */
export function SignOutDialog({ close }: { close: () => void }) {
  const { t } = useTranslation()
  const session = useSession()
  const dialog = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  const waiting = useChatState(({ pending }) => {
    let count = 0
    for (const texts of pending.values()) count += texts.filter((text) => text.state !== 'sent').length
    return count
  })
  const leave = useMutation({ mutationFn: () => session.logout() })

  useEffect(() => {
    dialog.current?.showModal()
  }, [])

  return (
    <dialog ref={dialog} className={styles.dialog} aria-labelledby={titleId} onClose={close}>
      <h2 id={titleId}>{t('signOut.title')}</h2>
      {waiting > 0 && <p>{t('signOut.waiting', { count: waiting })}</p>}
      {leave.isError && (
        <p className={styles.error} role="alert">
          {t('signOut.failed')}
        </p>
      )}
      <div className={styles.actions}>
        <button type="button" className="button" onClick={() => dialog.current?.close()}>
          {t('signOut.cancel')}
        </button>
        <button type="button" className="button primary" aria-disabled={leave.isPending} onClick={() => leave.mutate()}>
          {t('menu.signOut')}
        </button>
      </div>
    </dialog>
  )
}
