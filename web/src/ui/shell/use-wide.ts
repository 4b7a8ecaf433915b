import { useSyncExternalStore } from 'react'

/** Wide enough for a panel beside the chat; below, the panel takes its place. */
const query = '(width >= 1120px)'

function subscribe(listener: () => void): () => void {
  const list = matchMedia(query)
  list.addEventListener('change', listener)
  return () => list.removeEventListener('change', listener)
}

export function useWide(): boolean {
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches)
}
