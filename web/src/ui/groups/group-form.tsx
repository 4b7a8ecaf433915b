import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Conversation, UpdateGroupRequest } from '../../protocol/contract'
import { Field } from '../auth/field'
import { SettingsForm } from '../settings/settings-form'
import { failureText } from '../shell/failure-text'
import { useChat } from '../shell/services'
import { updateGroup } from './group-api'
import styles from './groups.module.css'
import { HistorySwitch } from './history-switch'

const fields = ['name', 'description', 'avatar_url'] as const

/** Name, description, picture and rule of a group. Only what was changed is sent: each change is told to everybody. */
export function GroupForm({ conversation, done }: { conversation: Conversation; done: () => void }) {
  const { t } = useTranslation()
  const chat = useChat()
  const { id, history_visible: shown = false } = conversation
  const rule = useMutation({ mutationFn: () => updateGroup(chat, id, { history_visible: !shown }) })
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
    <div className={styles.edit}>
      <SettingsForm fields={fields} action={t('settings.save')} done={t('settings.saved')} save={save}>
        {(errorOf) => (
          <>
            <Field name="name" label={t('group.name')} maxLength={100} defaultValue={conversation.name ?? ''} error={errorOf('name')} autoComplete="off" />
            <Field
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
      <HistorySwitch on={rule.isPending ? !shown : shown} busy={rule.isPending} toggle={() => rule.mutate()} />
      {rule.isError && (
        <p className={styles.error} role="alert">
          {failureText(t, rule.error)}
        </p>
      )}
      <button type="button" className="button" onClick={done}>
        {t('common.done')}
      </button>
    </div>
  )
}
