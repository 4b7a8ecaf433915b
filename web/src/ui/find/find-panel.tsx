import { keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import type { TFunction } from 'i18next'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import '../../i18n/panels'
import { ApiError } from '../../api/api-error'
import { unwrap } from '../../api/http'
import { conversationName } from '../conversations/conversation-names'
import { moveFocus } from '../conversations/move-focus'
import { failureText } from '../shell/failure-text'
import { Panel } from '../shell/panel'
import { conversationHref, navigate } from '../shell/route'
import { useChat, useChatState } from '../shell/services'
import { useToast } from '../shell/toast'
import { useSettled } from '../shell/use-settled'
import { useWide } from '../shell/use-wide'
import { FindForm, type Wanted } from './find-form'
import styles from './find.module.css'
import { Hit } from './hit'

/** Messages of one conversation by their words. */
export function FindPanel({ id }: { id: string }) {
  const { t } = useTranslation()
  const conversation = useChatState((state) => state.conversations.get(id))
  const [wanted, setWanted] = useWanted(id)
  if (conversation === undefined) return null
  return (
    <Panel title={t('find.title', { name: conversationName(conversation) })} back={conversationHref(id)}>
      {/* eslint-disable-next-line jsx-a11y/no-static-element-interactions -- arrow keys move between the results in it */}
      <div className={styles.find} onKeyDown={moveFocus}>
        <FindForm conversation={conversation} wanted={wanted} change={setWanted} />
        <Results id={id} wanted={wanted} />
      </div>
    </Panel>
  )
}

const anything: Wanted = { query: '', from: '', to: '', sender: undefined }

/** What one looks for in a conversation. It is still there when one comes back from a result. */
function useWanted(id: string): [Wanted, (wanted: Wanted) => void] {
  const queries = useQueryClient()
  const key = ['wanted', id]
  const [wanted, setWanted] = useState(() => queries.getQueryData<Wanted>(key) ?? anything)
  const change = (next: Wanted) => {
    queries.setQueryData(key, next)
    setWanted(next)
  }
  return [wanted, change]
}

function Results({ id, wanted }: { id: string; wanted: Wanted }) {
  const { t } = useTranslation()
  const chat = useChat()
  const toast = useToast()
  const wide = useWide()
  const shown = useChatState(({ found: at }) => (at?.conversationId === id ? at.seq : undefined))
  const query = wanted.query.trim()
  const settled = useSettled(query, 300)
  const backwards = wanted.from !== '' && wanted.to !== '' && wanted.from > wanted.to
  const ready = settled !== '' && query !== '' && !backwards
  const found = useInfiniteQuery({
    queryKey: ['find', id, settled, wanted.from, wanted.to, wanted.sender?.id ?? ''],
    queryFn: ({ pageParam, signal }) => {
      const parameters = {
        q: settled,
        limit: 20,
        ...(wanted.from === '' ? {} : { from: midnight(wanted.from, 0) }),
        ...(wanted.to === '' ? {} : { to: midnight(wanted.to, 1) }),
        ...(wanted.sender === undefined ? {} : { sender: wanted.sender.id }),
        ...(pageParam === '' ? {} : { cursor: pageParam }),
      }
      const params = { path: { conversation_id: id }, query: parameters }
      return unwrap(chat.api.GET('/api/conversations/{conversation_id}/messages/search', { params, signal }))
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    enabled: ready,
    staleTime: 0,
    retry: false,
  })
  const open = async (seq: number) => {
    await chat.history.lookAround(id, seq)
    if (!wide) navigate(conversationHref(id))
  }
  const hits = ready ? (found.data?.pages.flatMap(({ items }) => items) ?? []) : []
  const say = () => {
    if (query === '') return t('find.hint')
    if (backwards) return t('find.backwards')
    if (found.isError) return <Failure reason={found.error} again={() => void found.refetch()} />
    if (found.isPending || found.isPlaceholderData) return t('list.searching')
    return hits.length === 0 ? t('find.nothing', { query: settled }) : t('find.count', { count: hits.length, more: found.hasNextPage ? '+' : '' })
  }
  return (
    <>
      <div role="status" className={styles.status}>
        {say()}
      </div>
      <ul className={styles.hits} aria-label={t('find.results')} aria-busy={found.isFetching}>
        {hits.map((hit) => (
          <Hit key={hit.id} hit={hit} shown={hit.seq === shown} open={() => void open(hit.seq).catch(toast)} />
        ))}
      </ul>
      {ready && found.hasNextPage && (
        <button type="button" className="button" aria-disabled={found.isFetchingNextPage} data-arrow onClick={() => void found.fetchNextPage()}>
          {t('common.more')}
        </button>
      )}
    </>
  )
}

function Failure({ reason, again }: { reason: unknown; again: () => void }) {
  const { t } = useTranslation()
  const error = ApiError.from(reason)
  const refusal = error.fields.find(({ field }) => field === 'q')
  return (
    <>
      {refusal === undefined ? failureText(t, reason) : refusalText(t, refusal.code)}{' '}
      {error.transient && (
        <button type="button" className="link-button" onClick={again}>
          {t('common.retry')}
        </button>
      )}
    </>
  )
}

/** Why the words cannot be looked for. */
function refusalText(t: TFunction, code: string): string {
  switch (code) {
    case 'too_short':
    case 'only_excluded':
    case 'only_stop_words':
      return t(`find.refused.${code}`)
    default:
      return t('find.refused.no_words')
  }
}

/** The beginning of a local day, or of the day `later` days after it. */
function midnight(day: string, later: number): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  return new Date(year, month - 1, date + later).toISOString()
}
