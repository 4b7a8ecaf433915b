import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import { fullTime, timeOfDay } from '../../i18n/format'
import type { Pending } from '../../protocol/outbox'
import { WarningIcon } from '../shell/icons'
import { codeText } from '../shell/failure-text'
import { useChat } from '../shell/services'
import styles from './bubble.module.css'
import { MessageText } from './message-text'
import { Tick } from './tick'
import type { TickKind } from './tick-of'

interface BubbleProps {
  id: string
  seq?: number
  author: string
  text: string
  time: number
  own: boolean
  first: boolean
  last: boolean
  tick: TickKind | undefined
}

export const Bubble = memo(function Bubble({ id, seq, author, text, time, own, first, last, tick }: BubbleProps) {
  return (
    <li className={rowClass(own, first)} data-key={id} data-seq={seq}>
      <BubbleBody author={author} text={text} time={time} own={own} last={last} tick={tick} />
    </li>
  )
})

/** A text on its way; once refused it says why, and what can be done. */
export const PendingBubble = memo(function PendingBubble(props: { pending: Pending; author: string; first: boolean; last: boolean }) {
  const { pending, author, first, last } = props
  const { t } = useTranslation()
  const chat = useChat()
  const { clientMessageId: id, content, writtenAt, failure } = pending
  const tick = pending.state
  return (
    <li className={rowClass(true, first)} data-key={id} data-pending={tick}>
      <BubbleBody author={author} text={content} time={writtenAt} own last={last} tick={tick} failed={tick === 'failed'} />
      {failure !== undefined && (
        <div className={styles.failure} role="alert">
          <WarningIcon />
          <span>
            {t('chat.failed')} {codeText(t, failure.code, failure.detail)}
          </span>
          <button type="button" className="link-button" onClick={() => void chat.client.retry(id)}>
            {t('chat.retry')}
          </button>
          <button type="button" className="link-button" onClick={() => void chat.client.discard(id)}>
            {t('chat.discard')}
          </button>
        </div>
      )}
    </li>
  )
})

function BubbleBody(props: Omit<BubbleProps, 'id' | 'seq' | 'first'> & { failed?: boolean }) {
  const { author, text, time, own, last, tick, failed = false } = props
  const { i18n } = useTranslation()
  const date = new Date(time)
  const classes = [styles.bubble, own ? styles.own : styles.peer, last && styles.last, failed && styles.failed]
  return (
    <div className={classes.filter(Boolean).join(' ')}>
      <span className="visually-hidden">{author}: </span>
      <span className={styles.text} dir="auto">
        <MessageText text={text} />
      </span>
      <span className={styles.meta}>
        <time dateTime={date.toISOString()} title={fullTime(i18n.language, date)}>
          {timeOfDay(i18n.language, date)}
        </time>
        {tick !== undefined && <Tick kind={tick} />}
      </span>
    </div>
  )
}

function rowClass(own: boolean, first: boolean): string {
  return [styles.row, own ? styles.ownRow : '', first ? styles.first : ''].join(' ')
}
