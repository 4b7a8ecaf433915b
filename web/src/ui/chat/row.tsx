import { useTranslation } from 'react-i18next'
import type { Conversation, Message } from '../../protocol/contract'
import type { Reached } from '../../state/model'
import { Bubble, PendingBubble } from './bubble'
import { Day } from './day'
import type { LogRow } from './log-rows'
import styles from './message-log.module.css'
import { SystemRow } from './system-row'
import { reachedByPeer, tickOf } from './tick-of'

interface RowProps {
  row: LogRow
  conversation: Conversation
  me: string
  peer: string | undefined
  /** How far a group's messages got. */
  reached: Reached | undefined
  found: number | undefined
  openReceipts: ((message: Message) => void) | undefined
}

/** A row of the log, whatever it is. */
export function Row({ row, conversation, me, peer, reached, found, openReceipts }: RowProps) {
  const { t } = useTranslation()
  switch (row.kind) {
    case 'day':
      return <Day time={row.time} />
    case 'unread':
      return (
        <li className={styles.unread} data-key="unread">
          <span>{t('chat.unread')}</span>
        </li>
      )
    case 'system':
      return <SystemRow message={row.message} />
    case 'pending':
      return <PendingBubble pending={row.pending} author={me} first={row.first} last={row.last} />
    case 'message': {
      const { message, own, first, last } = row
      const tick = own ? tickOf(message.seq, peer === undefined ? reached : reachedByPeer(conversation)) : undefined
      return (
        <Bubble
          id={row.key}
          message={message}
          peer={peer}
          own={own}
          first={first}
          last={last}
          tick={tick}
          found={found === message.seq}
          openReceipts={own ? openReceipts : undefined}
        />
      )
    }
  }
}
