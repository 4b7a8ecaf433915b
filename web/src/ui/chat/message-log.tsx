import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Conversation } from '../../protocol/contract'
import { emptyTimeline } from '../../state/chat-state'
import { conversationName } from '../conversations/conversation-names'
import { DownIcon } from '../shell/icons'
import { useChat, useChatState, useMe } from '../shell/services'
import { Bubble, PendingBubble } from './bubble'
import { Day } from './day'
import { LogScroller } from './log-scroller'
import { LogTop } from './log-top'
import { logRows, type LogRow } from './log-rows'
import styles from './message-log.module.css'
import { tickOf } from './tick-of'
import { looking, useAttention } from './use-attention'
import { useUnreadLine } from './use-unread-line'

const nothing: readonly never[] = []
/** More than this is let go of when one is back at the end. */
const tooMany = 400

/** The messages of one conversation. Mounted anew for each. */
export function MessageLog({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation()
  const chat = useChat()
  const me = useMe()
  const { id } = conversation
  const timeline = useChatState((state) => state.timelines.get(id)) ?? emptyTimeline
  const pending = useChatState((state) => state.pending.get(id)) ?? nothing
  const attention = useAttention()
  const unreadAfter = useUnreadLine(conversation.my_read_seq, conversation.unread_count, attention)
  const rows = useMemo(
    () => logRows({ messages: timeline.messages, pending, me: chat.user.id, unreadAfter }),
    [timeline.messages, pending, chat, unreadAfter],
  )
  const [far, setFar] = useState(false)
  const read = useCallback(
    (scroller: LogScroller) => {
      if (looking()) chat.read(id, scroller.newestVisible())
    },
    [chat, id],
  )
  const [scroller] = useState(() => {
    const made: LogScroller = new LogScroller({
      far: setFar,
      needOlder: () => {
        // After a failure the person decides.
        if (chat.store.get().timelines.get(id)?.history !== 'failed') void chat.loadOlder(id)
      },
      scrolled: () => read(made),
    })
    return made
  })

  const view = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => (view.current === null ? undefined : scroller.attach(view.current)), [scroller])
  useLayoutEffect(() => scroller.rowsChanged(), [scroller, rows])

  const own = pending.at(-1)?.clientMessageId
  const lastOwn = useRef(own)
  useLayoutEffect(() => {
    if (own !== undefined && own !== lastOwn.current) scroller.toEnd('instant')
    lastOwn.current = own
  }, [own, scroller])

  useEffect(() => {
    if (attention) read(scroller)
    if (scroller.atEnd && timeline.messages.length > tooMany) chat.trim(id)
  }, [rows, attention, read, scroller, chat, id, timeline.messages.length])

  useEffect(() => () => chat.trim(id), [chat, id])

  const name = conversationName(conversation)
  const unread = conversation.unread_count
  return (
    <div className={styles.frame}>
      {/* Focusable, so that the keyboard can scroll it. New messages are announced apart from it, in batches. */}
      <div
        ref={view}
        className={styles.scroller}
        role="log"
        aria-live="off"
        aria-label={t('chat.log', { name })}
        aria-busy={timeline.history === 'loading'}
        tabIndex={0}
      >
        <LogTop conversation={conversation} timeline={timeline} retry={() => void chat.loadOlder(id)} />
        <ol className={styles.rows}>
          {rows.map((row) => (
            <Row key={row.key} row={row} conversation={conversation} me={me.display_name} peer={name} />
          ))}
        </ol>
      </div>
      {far && (
        <button
          type="button"
          className={styles.newest}
          aria-label={unread > 0 ? t('chat.newestUnread', { count: unread }) : t('chat.newest')}
          onClick={() => scroller.toEnd('smooth')}
        >
          <DownIcon />
          {unread > 0 && <span aria-hidden="true">{unread}</span>}
        </button>
      )}
    </div>
  )
}

function Row({ row, conversation, me, peer }: { row: LogRow; conversation: Conversation; me: string; peer: string }) {
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
    case 'pending':
      return <PendingBubble pending={row.pending} author={me} first={row.first} last={row.last} />
    case 'message': {
      const { message, own, first, last } = row
      const tick = own && conversation.kind === 'direct' ? tickOf(message.seq, conversation) : own ? 'sent' : undefined
      return (
        <Bubble
          id={row.key}
          seq={message.seq}
          author={own ? me : peer}
          text={message.content}
          time={Date.parse(message.created_at)}
          own={own}
          first={first}
          last={last}
          tick={tick}
        />
      )
    }
  }
}
