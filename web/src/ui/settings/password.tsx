import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { ApiError } from '../../api/api-error'
import { unwrap } from '../../api/http'
import { PasswordField } from '../auth/field'
import { useChat, useMe } from '../shell/services'
import { Card } from './card'
import { SettingsForm } from './settings-form'

const fields = ['current_password', 'new_password'] as const

export function Password() {
  const { t } = useTranslation()
  const chat = useChat()
  const me = useMe()
  const queries = useQueryClient()
  const save = async (values: Record<string, string>) => {
    const errors = fields.filter((field) => values[field] === '').map((field) => ({ field, code: 'required', detail: '' }))
    if (errors.length > 0) throw new ApiError(422, { code: 'validation_failed', errors })
    const { current_password = '', new_password = '' } = values
    await unwrap(chat.api.PUT('/api/me/password', { body: { current_password, new_password } }))
    void queries.invalidateQueries({ queryKey: ['sessions'] })
  }
  return (
    <Card title={t('settings.password.title')} text={t('settings.password.text')}>
      <SettingsForm fields={fields} action={t('settings.password.action')} done={t('settings.password.done')} save={save} clear>
        {(errorOf) => (
          <>
            {/* Password managers want to know whose password it is. */}
            <input type="text" name="username" value={me.username} autoComplete="username" readOnly hidden />
            <PasswordField name="current_password" label={t('settings.password.current')} error={errorOf('current_password')} autoComplete="current-password" />
            <PasswordField
              name="new_password"
              label={t('settings.password.new')}
              hint={t('auth.passwordHint')}
              error={errorOf('new_password')}
              autoComplete="new-password"
            />
          </>
        )}
      </SettingsForm>
    </Card>
  )
}
