import { Suspense, useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Conversation, Message } from '../../protocol/contract'
import { covers } from '../../state/chat-state'
import { conversationName } from '../conversations/conversation-names'
import { lazyPart } from '../shell/lazy-part'
import { DialogMissing } from '../shell/part-missing'
import { useChat, useChatState, useMe } from '../shell/services'
import { useToast } from '../shell/toast'
import { LogJumps } from './log-jumps'
import { LogTop } from './log-top'
import { logRows } from './log-rows'
import styles from './message-log.module.css'
import { Row } from './row'
import { useAttention } from './use-attention'
import { useLogScroller } from './use-log-scroller'
import { useProgress } from './use-progress'
import { useUnreadLine } from './use-unread-line'
import { emptyTimeline } from '../../state/model'

const ReceiptsDialog = lazyPart(() => import('./receipts-dialog').then((module) => module.ReceiptsDialog), DialogMissing)

const nothing: readonly never[] = []
/** More than this is let go of when one is back at the end. */
const tooMany = 400

/** The messages of one conversation. Mounted anew for each. */
export function MessageLog({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation()
  const chat = useChat()
  const me = useMe()
  const { id } = conversation
  const toast = useToast()
  const window = useChatState((state) => state.windows.get(id))
  const newest = useChatState((state) => state.timelines.get(id)) ?? emptyTimeline
  const timeline = window ?? newest
  const detached = window !== undefined
  const pending = useChatState((state) => state.pending.get(id)) ?? nothing
  const found = useChatState((state) => (state.found?.conversationId === id ? state.found : undefined))
  const attention = useAttention()
  const line = useUnreadLine(conversation.my_read_seq, conversation.unread_count, attention)
  // It can only be drawn where what comes before it is shown, too.
  const begins = timeline.complete || covers(timeline.messages, line ?? 0)
  const unreadAfter = begins ? line : undefined
  const rows = useMemo(
    () => logRows({ messages: timeline.messages, pending: detached ? nothing : pending, me: chat.user.id, unreadAfter }),
    [timeline.messages, pending, detached, chat, unreadAfter],
  )
  const own = pending.at(-1)?.clientMessageId
  const { view, scroller, far, read, toNewest } = useLogScroller({ id, rows, detached, found, own })

  useEffect(() => {
    if (attention) read()
    if (scroller.atEnd && newest.messages.length > tooMany) chat.trim(id)
  }, [rows, attention, read, scroller, chat, id, newest.messages.length])

  useEffect(() => () => chat.trim(id), [chat, id])

  const name = conversationName(conversation)
  const [asked, setAsked] = useState<Message>()
  const group = conversation.kind === 'group'
  const reached = useProgress(conversation)
  return (
    <div className={styles.frame}>
      {/* Focusable, so that the keyboard can scroll it. New messages are announced apart from it, in batches. */}
      <div
        ref={view}
        className={styles.scroller}
        role="log"
        aria-live="off"
        aria-label={t(group ? 'group.log' : 'chat.log', { name })}
        aria-busy={timeline.history === 'loading'}
        tabIndex={0}
      >
        <LogTop conversation={conversation} timeline={timeline} retry={() => void chat.history.loadOlder(id)} />
        <ol className={styles.rows}>
          {rows.map((row) => (
            <Row
              key={row.key}
              row={row}
              conversation={conversation}
              me={me.display_name}
              peer={group ? undefined : name}
              reached={reached}
              found={found?.seq}
              openReceipts={group ? setAsked : undefined}
            />
          ))}
        </ol>
        {window?.future === 'failed' && (
          <div className={styles.top} role="alert">
            <p>{t('chat.newerFailed')}</p>
            <button type="button" className="button" onClick={() => void chat.history.loadNewer(id)}>
              {t('common.retry')}
            </button>
          </div>
        )}
      </div>
      <LogJumps
        conversation={conversation}
        far={far}
        toNewest={toNewest}
        toMention={(seq) => void chat.history.lookAround(id, seq).catch(toast)}
      />
      {asked !== undefined && (
        <Suspense>
          <ReceiptsDialog message={asked} close={() => setAsked(undefined)} />
        </Suspense>
      )}
    </div>
  )
}
