import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import type { TickKind } from './tick-of'
import styles from './tick.module.css'

/** Clock, one tick, two ticks, two coloured ticks; in words for those who do not see them. */
export const Tick = memo(function Tick({ kind }: { kind: TickKind }) {
  const { t } = useTranslation()
  const label = t(`tick.${kind}`)
  return (
    <span className={`${styles.tick ?? ''} ${kind === 'read' ? (styles.read ?? '') : ''}`} data-tick={kind} title={label}>
      <svg viewBox="0 0 20 14" width="20" height="14" aria-hidden="true" focusable="false">
        {shape(kind)}
      </svg>
      <span className="visually-hidden">{label}</span>
    </span>
  )
})

function shape(kind: TickKind) {
  switch (kind) {
    case 'waiting':
      return <path d="M11 2a5 5 0 1 1-.01 0ZM11 4.2V7l2 1.3" />
    case 'failed':
      return <path d="M11 2a5 5 0 1 1-.01 0ZM11 4.5v3M11 9.3v.1" />
    case 'sent':
      return <path d="m4.5 7.5 3.2 3.2L14.5 3.5" />
    default:
      return <path d="m1.5 7.6 3.1 3.1 6.7-7.2M8.4 9.7l1 1 6.7-7.2" />
  }
}
