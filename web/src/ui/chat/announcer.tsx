import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Message } from '../../protocol/contract'
import { useChat, useChatState } from '../shell/services'

/** A burst is one announcement. */
const batchFor = 700

/** Tells a screen reader what comes in, and only that: not the history that is paged in, not one's own texts. */
export function Announcer({ id, name, muted }: { id: string; name: string; muted: boolean }) {
  const { t } = useTranslation()
  const me = useChat().user.id
  const messages = useChatState((state) => state.timelines.get(id)?.messages)
  const [text, setText] = useState('')
  const last = messages?.at(-1)?.seq ?? 0
  const announced = useRef<number | undefined>(undefined)
  const news = useRef<Message[]>([])

  useEffect(() => {
    const known = announced.current
    if (last === 0) return
    announced.current = last
    if (known === undefined || muted) return
    news.current.push(...(messages ?? []).filter((message) => message.seq > known && message.sender_id !== me))
    if (news.current.length === 0) return
    const timer = setTimeout(() => {
      const batch = news.current.splice(0)
      const only = batch.length === 1 ? batch[0] : undefined
      setText(only === undefined ? t('chat.fromMany', { count: batch.length, name }) : t('chat.from', { name, text: only.content }))
    }, batchFor)
    return () => clearTimeout(timer)
  }, [last, messages, me, muted, name, t])

  return (
    <div className="visually-hidden" role="status" aria-live="polite">
      {text}
    </div>
  )
}
