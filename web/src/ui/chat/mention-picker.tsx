import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useImperativeHandle, useState, type Ref } from 'react'
import { useTranslation } from 'react-i18next'
import { unwrap } from '../../api/http'
import type { Conversation, Member } from '../../protocol/contract'
import { can } from '../../state/chat-state'
import { Avatar } from '../shell/avatar'
import { useChat } from '../shell/services'
import { useSettled } from '../shell/use-settled'
import styles from './mention-picker.module.css'

/** What the text field hands on of its keys; true when the key was for the list. */
export interface MentionKeys {
  press: (key: string) => boolean
}

interface MentionPickerProps {
  ref: Ref<MentionKeys>
  id: string
  conversation: Conversation
  query: string
  /** By username, or `all`. */
  choose: (name: string) => void
  /** Tells which option the text field points at. */
  activate: (optionId: string | undefined) => void
}

interface Option {
  name: string
  member: Member | undefined
}

const shown = 8

/** Members whose names begin with what stands behind the @. The focus stays in the text; the field points at the option. */
export function MentionPicker({ ref, id, conversation, query, choose, activate }: MentionPickerProps) {
  const { t } = useTranslation()
  const options = useOptions(conversation, query)
  const [chosen, setChosen] = useState(0)
  const [was, setWas] = useState(query)
  if (was !== query) {
    setWas(query)
    setChosen(0)
  }
  const index = Math.min(chosen, options.length - 1)
  const optionId = (at: number) => `${id}-${at}`
  const active = index >= 0 ? optionId(index) : undefined
  useEffect(() => {
    activate(active)
    if (active !== undefined) document.getElementById(active)?.scrollIntoView({ block: 'nearest' })
    return () => activate(undefined)
  }, [activate, active])

  useImperativeHandle(ref, () => ({
    press: (key) => {
      const option = options[index]
      if (option === undefined) return false
      const step = { ArrowDown: 1, ArrowUp: -1 }[key]
      if (step !== undefined) setChosen((index + step + options.length) % options.length)
      else if (key === 'Enter' || key === 'Tab') choose(option.name)
      else return false
      return true
    },
  }))

  return (
    <>
      <div id={id} className={styles.list} role="listbox" aria-label={t('mention.list')} hidden={options.length === 0}>
        {options.map(({ name, member }, at) => (
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus -- the text field has the keys and points here
          <div
            key={name}
            id={optionId(at)}
            role="option"
            aria-selected={at === index}
            className={styles.option}
            onPointerDown={(event) => event.preventDefault()}
            onPointerMove={() => setChosen(at)}
            onClick={() => choose(name)}
          >
            {member === undefined ? (
              <span className={styles.all} aria-hidden="true">
                @
              </span>
            ) : (
              <Avatar id={member.user_id} name={member.display_name} url={member.avatar_url} size="tiny" />
            )}
            <strong dir="auto">{member?.display_name ?? t('mention.everyone')}</strong>
            <span>@{name}</span>
          </div>
        ))}
      </div>
      <span className="visually-hidden" role="status">
        {options.length > 0 && t('mention.count', { count: options.length })}
      </span>
    </>
  )
}

function useOptions(conversation: Conversation, query: string): Option[] {
  const chat = useChat()
  const settled = useSettled(query, 120)
  const { id } = conversation
  const members = useQuery({
    queryKey: ['members', id, 'mention', settled],
    queryFn: async () => {
      const parameters = settled === '' ? { limit: shown + 1 } : { limit: shown + 1, q: settled }
      const params = { path: { conversation_id: id }, query: parameters }
      const { items } = await unwrap(chat.api.GET('/api/conversations/{conversation_id}/members', { params }))
      chat.learnMembers(items)
      return items
    },
    placeholderData: keepPreviousData,
    retry: false,
  })
  const wanted = query.toLowerCase()
  const fits = ({ username, display_name }: Member) =>
    username.toLowerCase().startsWith(wanted) || display_name.toLowerCase().split(/\s+/).some((word) => word.startsWith(wanted)) || display_name.toLowerCase().startsWith(wanted)
  const people = (members.data ?? []).filter((member) => member.user_id !== chat.user.id && fits(member))
  const all = can(conversation, 'mention_all') && 'all'.startsWith(wanted)
  return [
    ...people.slice(0, shown).map((member) => ({ name: member.username, member })),
    ...(all ? [{ name: 'all', member: undefined }] : []),
  ]
}
