import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { Conversation, UpdateGroupRequest } from '../../protocol/contract'
import { Field, LongField } from '../auth/field'
import { SettingsForm } from '../settings/settings-form'
import { useChat } from '../shell/services'
import { updateGroup } from './group-api'
import styles from './groups.module.css'

const fields = ['name', 'description', 'avatar_url'] as const

/** Name, description and picture of a group. Only what was changed is sent: each change is told to everybody. */
export function GroupForm({ conversation, done }: { conversation: Conversation; done: () => void }) {
  const { t } = useTranslation()
  const chat = useChat()
  const { id } = conversation
  const edit = useRef<HTMLDivElement>(null)
  useEffect(() => edit.current?.querySelector('input')?.focus(), [])
  const save = async (values: Record<string, string>) => {
    const body: UpdateGroupRequest = {}
    for (const field of fields) {
      const value = (values[field] ?? '').trim()
      if (value !== (conversation[field] ?? '')) body[field] = value
    }
    if (Object.keys(body).length > 0) await updateGroup(chat, id, body)
    done()
  }
  return (
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions -- Escape closes it from anywhere in it
    <div
      ref={edit}
      className={styles.edit}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.nativeEvent.isComposing) return
        event.preventDefault()
        done()
      }}
    >
      <SettingsForm fields={fields} action={t('settings.save')} done={t('settings.saved')} save={save} cancel={done}>
        {(errorOf) => (
          <>
            <Field name="name" label={t('group.name')} maxLength={100} defaultValue={conversation.name ?? ''} error={errorOf('name')} autoComplete="off" />
            <LongField
              name="description"
              label={t('group.description')}
              note={t('auth.optional')}
              maxLength={1000}
              defaultValue={conversation.description ?? ''}
              error={errorOf('description')}
              autoComplete="off"
            />
            <Field
              name="avatar_url"
              type="url"
              label={t('settings.profile.picture')}
              note={t('auth.optional')}
              hint={t('settings.profile.pictureHint')}
              defaultValue={conversation.avatar_url ?? ''}
              error={errorOf('avatar_url')}
              placeholder="https://"
              autoComplete="off"
              spellCheck={false}
            />
          </>
        )}
      </SettingsForm>
    </div>
  )
}
