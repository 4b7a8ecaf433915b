import { createContext, use, useCallback, useEffect, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { failureText } from './failure-text'
import { ClearIcon } from './icons'
import styles from './toast.module.css'

const shownFor = 8_000

const ToastContext = createContext<(reason: unknown) => void>(() => undefined)

/** Tells about the failure of something whose control is gone by then. */
export function useToast(): (reason: unknown) => void {
  return use(ToastContext)
}

export function ToastRegion({ children }: { children: ReactNode }) {
  const { t } = useTranslation()
  const [failure, setFailure] = useState<{ reason: unknown }>()
  const tell = useCallback((reason: unknown) => setFailure({ reason }), [])
  useEffect(() => {
    if (failure === undefined) return
    const timer = setTimeout(() => setFailure(undefined), shownFor)
    return () => clearTimeout(timer)
  }, [failure])
  return (
    <ToastContext value={tell}>
      {children}
      <div role="alert" className={styles.region}>
        {failure !== undefined && (
          <div className={styles.toast}>
            <p>{failureText(t, failure.reason)}</p>
            <button type="button" className="icon-button" aria-label={t('common.dismiss')} onClick={() => setFailure(undefined)}>
              <ClearIcon />
            </button>
          </div>
        )}
      </div>
    </ToastContext>
  )
}
