import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Conversation, Message } from '../../protocol/contract'
import { mentions } from '../../state/unread'
import { conversationName } from '../conversations/conversation-names'
import { useChat, useChatState } from '../shell/services'
import { personName } from '../shell/use-people'
import { systemText } from './system-text'

/** A burst is one announcement. */
const batchFor = 700

/** Tells a screen reader what comes in, and only that: not the history that is paged in, not one's own texts. */
export function Announcer({ conversation, muted }: { conversation: Conversation; muted: boolean }) {
  const { t, i18n } = useTranslation()
  const chat = useChat()
  const me = chat.user.id
  const { id, kind, settings } = conversation
  const name = conversationName(conversation)
  const group = kind === 'group'
  const callsOnly = group && settings.notifications === 'mentions'
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
    news.current.push(...(messages ?? []).filter((message) => message.seq > known && message.sender_id !== me && (!callsOnly || mentions(message, me))))
    if (news.current.length === 0) return
    const timer = setTimeout(() => {
      const batch = news.current.splice(0)
      const only = batch.length === 1 ? batch[0] : undefined
      const nameOf = (userId: string) => personName(chat.store.get().people.get(userId))
      if (only === undefined) setText(t(group ? 'group.fromMany' : 'chat.fromMany', { count: batch.length, name }))
      else if (only.type === 'system') setText(systemText(only, { t, language: i18n.language, me, nameOf }))
      else setText(t('chat.from', { name: group ? nameOf(only.sender_id ?? '') : name, text: only.content }))
    }, batchFor)
    return () => clearTimeout(timer)
  }, [last, messages, callsOnly, chat, group, i18n.language, me, muted, name, t])

  return (
    <div className="visually-hidden" role="status" aria-live="polite">
      {text}
    </div>
  )
}
