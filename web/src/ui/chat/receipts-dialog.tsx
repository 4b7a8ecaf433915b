import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import '../../i18n/panels'
import { unwrap } from '../../api/http'
import { fullTime, shortTime } from '../../i18n/format'
import type { Message, Receipt } from '../../protocol/contract'
import { Avatar } from '../shell/avatar'
import { Notice } from '../shell/dialog'
import { failureText } from '../shell/failure-text'
import { useChat, useMe } from '../shell/services'
import { personName, usePerson } from '../shell/use-people'
import styles from './receipts-dialog.module.css'
import { Tick } from './tick'

/** Receipts trickle in; while one looks at them, this is soon enough. */
const lookAgainAfter = 4_000

/** Whom an own message has reached in a group, who has read it, and when. */
export function ReceiptsDialog({ message, close }: { message: Message; close: () => void }) {
  const { t } = useTranslation()
  const chat = useChat()
  const me = useMe()
  const query = useInfiniteQuery({
    queryKey: ['receipts', message.id],
    queryFn: ({ pageParam }) => {
      const params = { path: { message_id: message.id }, query: pageParam === '' ? {} : { cursor: pageParam } }
      return unwrap(chat.api.GET('/api/messages/{message_id}/receipts', { params }))
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: lookAgainAfter,
    staleTime: 0,
    retry: 1,
  })
  const summary = query.data?.pages[0]
  const receipts = query.data?.pages.flatMap(({ items }) => items) ?? []
  return (
    <Notice title={t('receipts.title')} close={close}>
      <div className={styles.summary} role="status">
        {query.isPending && t('common.loading')}
        {query.isError && failureText(t, query.error)}
        {summary !== undefined && (
          <>
            <span>
              <Tick kind="delivered" /> {t('receipts.delivered', { count: summary.delivered_count })}
            </span>
            {me.privacy.read_receipts && (
              <span>
                <Tick kind="read" /> {t('receipts.read', { count: summary.read_count })}
              </span>
            )}
          </>
        )}
      </div>
      {!me.privacy.read_receipts && <p>{t('receipts.hidden')}</p>}
      <ul className={styles.list}>
        {receipts.map((receipt) => (
          <Row key={receipt.user_id} receipt={receipt} />
        ))}
        {query.hasNextPage && (
          <li>
            <button type="button" className="link-button" onClick={() => void query.fetchNextPage()}>
              {t('common.more')}
            </button>
          </li>
        )}
      </ul>
    </Notice>
  )
}

/** When it was may be too long ago to be known. */
function Row({ receipt }: { receipt: Receipt }) {
  const { t, i18n } = useTranslation()
  const person = usePerson(receipt.user_id)
  const { read_at: read, delivered_at: delivered } = receipt
  const at = read ?? delivered
  const kind = receipt.read ? 'read' : receipt.delivered ? 'delivered' : 'sent'
  const time = at === undefined ? undefined : new Date(at)
  return (
    <li className={styles.row} data-receipt={kind}>
      <Avatar id={receipt.user_id} name={personName(person)} url={person?.avatar_url} size="small" />
      <strong dir="auto">{personName(person)}</strong>
      {time !== undefined && (
        <time dateTime={at} title={fullTime(i18n.language, time)}>
          {shortTime(i18n.language, time, new Date(), t('chat.yesterday'))}
        </time>
      )}
      <Tick kind={kind} />
    </li>
  )
}
