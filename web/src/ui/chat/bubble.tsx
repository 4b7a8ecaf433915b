import { memo, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { fullTime, timeOfDay } from '../../i18n/format'
import type { Message } from '../../protocol/contract'
import type { Pending } from '../../protocol/outbox'
import { mentions } from '../../state/unread'
import { Avatar, toneClass } from '../shell/avatar'
import { WarningIcon } from '../shell/icons'
import { codeText } from '../shell/failure-text'
import { useChat, useMe } from '../shell/services'
import { personName, usePerson } from '../shell/use-people'
import styles from './bubble.module.css'
import { MessageText } from './message-text'
import { Tick } from './tick'
import type { TickKind } from './tick-of'
import { useMentionNames } from './use-mention-names'

interface Place {
  own: boolean
  first: boolean
  last: boolean
}

interface BubbleProps extends Place {
  id: string
  message: Message
  /** What the other person of a direct conversation is called; in a group everybody is called by their own name. */
  peer: string | undefined
  tick: TickKind | undefined
  /** Jumped to just now. */
  found: boolean
  /** Tells who has received and read it. */
  openReceipts: ((message: Message) => void) | undefined
}

export const Bubble = memo(function Bubble({ id, message, peer, own, first, last, tick, found, openReceipts }: BubbleProps) {
  const { t } = useTranslation()
  const me = useMe()
  const sender = usePerson(peer === undefined ? message.sender_id : undefined)
  const resolve = useMentionNames(message)
  const inGroup = peer === undefined
  const author = own ? me.display_name : (peer ?? personName(sender))
  const callsMe = inGroup && !own && mentions(message, me.id)
  const mark = tick && <Tick kind={tick} />
  return (
    <li className={rowClass(own, first, inGroup)} data-key={id} data-seq={message.seq} data-found={found || undefined}>
      {inGroup && !own && last && <Avatar id={message.sender_id ?? ''} name={author} url={sender?.avatar_url} size="tiny" />}
      <BubbleBody
        author={author}
        named={inGroup && !own && first ? message.sender_id : undefined}
        time={Date.parse(message.created_at)}
        own={own}
        last={last}
        calls={callsMe}
        mark={
          openReceipts === undefined ? (
            mark
          ) : (
            <button type="button" className={styles.receipts} onClick={() => openReceipts(message)}>
              {mark} <span className="visually-hidden">{t('chat.receipts')}</span>
            </button>
          )
        }
      >
        <MessageText text={message.content} resolve={inGroup ? resolve : undefined} me={me.id} />
      </BubbleBody>
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
      <BubbleBody author={author} time={writtenAt} own last={last} mark={<Tick kind={tick} />} failed={tick === 'failed'}>
        <MessageText text={content} />
      </BubbleBody>
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

interface BodyProps {
  author: string
  /** Whose name stands above it. */
  named?: string | undefined
  time: number
  own: boolean
  last: boolean
  calls?: boolean
  failed?: boolean
  mark: ReactNode
  children: ReactNode
}

function BubbleBody({ author, named, time, own, last, calls = false, failed = false, mark, children }: BodyProps) {
  const { i18n } = useTranslation()
  const date = new Date(time)
  const classes = [styles.bubble, own ? styles.own : styles.peer, last && styles.last, failed && styles.failed, calls && styles.calls]
  return (
    <div className={classes.filter(Boolean).join(' ')} data-calls-me={calls || undefined}>
      {named === undefined ? (
        <span className="visually-hidden">{author}: </span>
      ) : (
        <span className={`${styles.author ?? ''} ${toneClass(named)}`} dir="auto">
          {author}
          <span className="visually-hidden">: </span>
        </span>
      )}
      <span className={styles.text} dir="auto">
        {children}
      </span>
      <span className={styles.meta}>
        <time dateTime={date.toISOString()} title={fullTime(i18n.language, date)}>
          {timeOfDay(i18n.language, date)}
        </time>
        {mark}
      </span>
    </div>
  )
}

function rowClass(own: boolean, first: boolean, inGroup = false): string {
  return [styles.row, own ? styles.ownRow : '', first ? styles.first : '', inGroup && !own ? styles.groupRow : ''].join(' ')
}
