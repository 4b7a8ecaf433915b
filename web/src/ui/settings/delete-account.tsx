import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiError } from '../../api/api-error'
import { unwrap } from '../../api/http'
import { PasswordField } from '../auth/field'
import { Dialog } from '../shell/dialog'
import { fieldText } from '../shell/failure-text'
import { useChat, useSession } from '../shell/services'
import { Card } from './card'
import styles from './settings.module.css'

export function DeleteAccount() {
  const { t } = useTranslation()
  const [asking, setAsking] = useState(false)
  return (
    <Card title={t('settings.delete.title')} text={t('settings.delete.text')}>
      <button type="button" className={`button ${styles.dangerous ?? ''}`} onClick={() => setAsking(true)}>
        {t('settings.delete.action')}
      </button>
      {asking && <Confirm close={() => setAsking(false)} />}
    </Card>
  )
}

function Confirm({ close }: { close: () => void }) {
  const { t } = useTranslation()
  const chat = useChat()
  const session = useSession()
  const [password, setPassword] = useState('')
  const remove = useMutation({
    mutationFn: async () => {
      if (password === '') throw new ApiError(422, { code: 'validation_failed', errors: [{ field: 'password', code: 'required', detail: '' }] })
      await unwrap(chat.api.DELETE('/api/me', { body: { password } }))
    },
    onSuccess: () => session.closed(),
  })
  const failure = remove.error === null ? undefined : ApiError.from(remove.error)
  const atField =
    failure?.code === 'invalid_credentials' ? t('field.wrong_password') : failure?.fields.map((error) => fieldText(t, error)).at(0)
  return (
    <Dialog
      title={t('settings.delete.question')}
      action={t('settings.delete.confirm')}
      danger
      busy={remove.isPending}
      failure={atField === undefined ? failure : undefined}
      act={() => remove.mutate()}
      close={close}
    >
      <p>{t('settings.delete.warning')}</p>
      <div className={styles.confirm}>
        <PasswordField
          name="password"
          label={t('auth.password')}
          error={atField}
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </div>
    </Dialog>
  )
}
