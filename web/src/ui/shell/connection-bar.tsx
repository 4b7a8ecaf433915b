import { useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import styles from './connection-bar.module.css'
import { useChat, useChatState } from './services'

function subscribe(listener: () => void): () => void {
  window.addEventListener('online', listener)
  window.addEventListener('offline', listener)
  return () => {
    window.removeEventListener('online', listener)
    window.removeEventListener('offline', listener)
  }
}

/** Tells when what one sees may be old and what one writes has to wait, and for how many texts that is so. */
export function ConnectionBar() {
  const { t } = useTranslation()
  const chat = useChat()
  const state = useChatState(({ connection }) => connection)
  const ready = useChatState(({ list }) => list === 'ready')
  const waiting = useChatState(({ pending }) => {
    let count = 0
    for (const texts of pending.values()) count += texts.filter((text) => text.state === 'waiting').length
    return count
  })
  const online = useSyncExternalStore(subscribe, () => navigator.onLine)
  const shown = ready && state.name !== 'live'
  const stopped = state.name === 'stopped'

  const words = () => {
    if (stopped) return state.reason === 'protocol_violation' ? t('connection.protocol') : t('connection.stopped')
    if (!online) return t('connection.offline')
    if (state.name === 'syncing') return t('connection.resyncing')
    return state.name === 'waiting' ? t('connection.waiting') : t('connection.connecting')
  }
  return (
    <div role="status" data-connection={state.name}>
      {shown && (
        <div className={`${styles.bar ?? ''} ${state.name === 'waiting' || stopped ? '' : (styles.patient ?? '')}`}>
          <span className={styles.dot} aria-hidden="true" />
          <span>
            {words()} {waiting > 0 && t('connection.texts', { count: waiting })}
          </span>
          {state.name === 'waiting' && (
            <button type="button" className="link-button" onClick={() => chat.client.wake()}>
              {t('connection.retry')}
            </button>
          )}
          {stopped && (
            <button
              type="button"
              className="link-button"
              onClick={() => (state.reason === 'protocol_violation' ? location.reload() : chat.client.reconnect())}
            >
              {state.reason === 'protocol_violation' ? t('connection.reload') : t('connection.retry')}
            </button>
          )}
        </div>
      )}
    </div>
  )
}
