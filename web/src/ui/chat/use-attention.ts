import { useSyncExternalStore } from 'react'

/** Whether somebody is likely to look at the page: only then are messages read. */
export function looking(): boolean {
  return document.visibilityState === 'visible' && document.hasFocus()
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('focus', listener)
  window.addEventListener('blur', listener)
  document.addEventListener('visibilitychange', listener)
  return () => {
    window.removeEventListener('focus', listener)
    window.removeEventListener('blur', listener)
    document.removeEventListener('visibilitychange', listener)
  }
}

export function useAttention(): boolean {
  return useSyncExternalStore(subscribe, looking)
}
