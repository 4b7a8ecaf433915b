import { createContext, use, useEffect, useId, useRef, type ReactNode } from 'react'
import styles from './dialog.module.css'

const CloseContext = createContext<() => void>(() => undefined)

/** Closes the modal around this component as Escape would. */
export function useCloseModal(): () => void {
  return use(CloseContext)
}

/** In front of everything else. The native dialog keeps the focus inside, and it goes back to where it was. */
export function Modal({ title, close, children }: { title: string; close: () => void; children: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const titleId = useId()

  // In development React does this twice: the first close is told when the dialog is open again.
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
    <dialog ref={dialog} className={styles.dialog} aria-labelledby={titleId} onClose={() => dialog.current?.open !== true && close()}>
      <CloseContext value={() => dialog.current?.close()}>
        <h2 id={titleId}>{title}</h2>
        {children}
      </CloseContext>
    </dialog>
  )
}
