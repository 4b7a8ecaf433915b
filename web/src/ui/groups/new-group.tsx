import { useMutation } from '@tanstack/react-query'
import { useEffect, useRef, useState, type SyntheticEvent } from 'react'
import { useTranslation } from 'react-i18next'
import '../../i18n/panels'
import { ApiError } from '../../api/api-error'
import type { User } from '../../protocol/contract'
import { Field, LongField } from '../auth/field'
import chatStyles from '../chat/chat-view.module.css'
import { fieldText } from '../shell/failure-text'
import { BackIcon } from '../shell/icons'
import { conversationHref, listHref, navigate } from '../shell/route'
import { useChat, useChatState } from '../shell/services'
import { createGroup } from './group-api'
import { addingFailure } from './group-failure'
import styles from './groups.module.css'
import { HistorySwitch } from './history-switch'
import { PeoplePicker } from './people-picker'

/** A name, a few people, and what they will see. */
export function NewGroup() {
  const { t, i18n } = useTranslation()
  const chat = useChat()
  const limit = useChatState((state) => state.groupLimit)
  const [people, setPeople] = useState<User[]>([])
  const [historyVisible, setHistoryVisible] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  const [lacking, setLacking] = useState<{ name: boolean; people: boolean }>({ name: false, people: false })
  const create = useMutation({
    mutationFn: (texts: { name: string; description: string }) =>
      createGroup(chat, { ...texts, historyVisible, memberIds: people.map(({ id }) => id) }),
    onSuccess: ({ id }) => navigate(conversationHref(id), { replace: true }),
  })
  const tooMany = people.length + 1 > limit
  useEffect(() => form.current?.querySelector('input')?.focus(), [])

  const submit = (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (create.isPending || tooMany) return
    const data = new FormData(event.currentTarget)
    const text = (field: string) => {
      const value = data.get(field)
      return typeof value === 'string' ? value.trim() : ''
    }
    const missing = { name: text('name') === '', people: people.length === 0 }
    setLacking(missing)
    if (missing.name || missing.people) {
      form.current?.querySelector<HTMLInputElement>(missing.name ? '[name="name"]' : '[data-arrow]')?.focus()
      return
    }
    create.mutate({ name: text('name'), description: text('description') })
  }

  const error = create.error === null ? undefined : ApiError.from(create.error)
  const about = (field: string) => {
    const found = error?.field(field)
    return found && fieldText(t, found)
  }
  const general = error !== undefined && about('name') === undefined && about('description') === undefined
  return (
    <section className={chatStyles.chat} aria-label={t('group.new')}>
      <header className={chatStyles.header}>
        <a className={`icon-button ${chatStyles.back ?? ''}`} href={listHref} aria-label={t('chat.back')}>
          <BackIcon />
        </a>
        <h1 className={styles.title}>
          {t('group.new')}
        </h1>
      </header>
      <div className={styles.page}>
        <form ref={form} className={styles.form} onSubmit={submit} noValidate>
          {general && (
            <p className={styles.error} role="alert">
              {addingFailure(t, i18n.language, create.error, people)}
            </p>
          )}
          <Field
            name="name"
            label={t('group.name')}
            maxLength={100}
            error={lacking.name ? t('field.required') : about('name')}
            autoComplete="off"
            required
            onChange={() => setLacking({ ...lacking, name: false })}
          />
          <LongField
            name="description"
            label={t('group.description')}
            note={t('auth.optional')}
            maxLength={1000}
            error={about('description')}
            autoComplete="off"
          />
          <HistorySwitch on={historyVisible} toggle={() => setHistoryVisible(!historyVisible)} />
          <fieldset className={styles.people}>
            <legend>{t('group.people', { count: people.length })}</legend>
            <PeoplePicker
              chosen={people}
              choose={setPeople}
              error={tooMany ? t('group.tooMany', { count: limit }) : lacking.people && people.length === 0 ? t('group.needPeople') : undefined}
            />
          </fieldset>
          <div className={styles.submit}>
            <button type="submit" className="button primary" aria-disabled={create.isPending || tooMany}>
              {t('group.create')}
            </button>
          </div>
        </form>
      </div>
    </section>
  )
}
