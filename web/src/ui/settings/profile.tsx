import { useTranslation } from 'react-i18next'
import { unwrap } from '../../api/http'
import type { UpdateMeRequest } from '../../protocol/contract'
import { Field } from '../auth/field'
import { Avatar } from '../shell/avatar'
import { useChat, useMe, useSession } from '../shell/services'
import { Card } from './card'
import { SettingsForm } from './settings-form'
import styles from './settings.module.css'

const fields = ['display_name', 'avatar_url', 'email'] as const

/** What others see of one, and the e-mail address. Only what was changed is sent. */
export function Profile() {
  const { t } = useTranslation()
  const chat = useChat()
  const session = useSession()
  const me = useMe()
  const save = async (values: Record<string, string>) => {
    const body: UpdateMeRequest = {}
    for (const field of fields) {
      const value = (values[field] ?? '').trim()
      if (value !== (me[field] ?? '')) body[field] = value
    }
    if (Object.keys(body).length > 0) session.adoptUser(await unwrap(chat.api.PATCH('/api/me', { body })))
  }
  return (
    <Card title={t('settings.profile.title')}>
      <div className={styles.face}>
        <Avatar id={me.id} name={me.display_name} url={me.avatar_url} size="large" />
        <div>
          <strong dir="auto">{me.display_name}</strong>
          <span>@{me.username}</span>
        </div>
      </div>
      <SettingsForm fields={fields} action={t('settings.save')} done={t('settings.saved')} save={save}>
        {(errorOf) => (
          <>
            <Field name="display_name" label={t('auth.displayName')} defaultValue={me.display_name} error={errorOf('display_name')} autoComplete="name" />
            <Field
              name="avatar_url"
              type="url"
              label={t('settings.profile.picture')}
              note={t('auth.optional')}
              hint={t('settings.profile.pictureHint')}
              defaultValue={me.avatar_url ?? ''}
              error={errorOf('avatar_url')}
              placeholder="https://"
              autoComplete="photo"
              spellCheck={false}
            />
            <Field
              name="email"
              type="email"
              label={t('settings.profile.email')}
              note={t('auth.optional')}
              hint={t('settings.profile.emailHint')}
              defaultValue={me.email ?? ''}
              error={errorOf('email')}
              autoComplete="email"
              spellCheck={false}
            />
          </>
        )}
      </SettingsForm>
    </Card>
  )
}
