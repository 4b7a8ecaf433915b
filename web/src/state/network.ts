/** What the browser notices about the world outside the page. */
export interface NetworkEvents {
  /** The network came back, or the page is looked at again. */
  wake(): void
  /** The network seems to be gone. */
  doubt(): void
}

export function watchNetwork(events: NetworkEvents): () => void {
  const visible = () => {
    if (document.visibilityState === 'visible') events.wake()
  }
  const wake = () => events.wake()
  const doubt = () => events.doubt()
  window.addEventListener('online', wake)
  window.addEventListener('pageshow', wake)
  window.addEventListener('offline', doubt)
  document.addEventListener('visibilitychange', visible)
  return () => {
    window.removeEventListener('online', wake)
    window.removeEventListener('pageshow', wake)
    window.removeEventListener('offline', doubt)
    document.removeEventListener('visibilitychange', visible)
  }
}
