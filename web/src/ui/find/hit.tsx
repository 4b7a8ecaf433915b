import { useTranslation } from 'react-i18next'
import { fullTime, shortTime } from '../../i18n/format'
import type { SearchHit } from '../../protocol/contract'
import { personName, usePerson } from '../shell/use-people'
import styles from './find.module.css'
import { markSegments } from './mark-segments'

interface HitProps {
  hit: SearchHit
  /** It is what was jumped to. */
  shown: boolean
  open: () => void
}

/** A message that was found; choosing it shows it where it was said. */
export function Hit({ hit, shown, open }: HitProps) {
  const { t, i18n } = useTranslation()
  const sender = usePerson(hit.sender_id)
  const time = new Date(hit.created_at)
  return (
    <li>
      <button type="button" className={styles.hit} data-arrow data-hit={hit.seq} aria-current={shown} onClick={open}>
        <span className={styles.hitHead}>
          <strong dir="auto">{personName(sender)}</strong>
          <time dateTime={hit.created_at} title={fullTime(i18n.language, time)}>
            {shortTime(i18n.language, time, new Date(), t('chat.yesterday'))}
          </time>
        </span>
        <span className={styles.words} dir="auto">
          {markSegments(hit.content, hit.highlights).map(({ text, marked }, index) => (marked ? <mark key={index}>{text}</mark> : text))}
        </span>
      </button>
    </li>
  )
}
