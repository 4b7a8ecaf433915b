import { useMutation } from '@tanstack/react-query'
import { useId } from 'react'
import { useTranslation } from 'react-i18next'
import { unwrap } from '../../api/http'
import type { Privacy as PrivacySettings } from '../../protocol/contract'
import { failureText } from '../shell/failure-text'
import { useChat, useMe, useSession } from '../shell/services'
import { Card } from './card'
import styles from './settings.module.css'

type Kind = keyof PrivacySettings

const kinds: readonly Kind[] = ['read_receipts', 'typing', 'last_seen']

export function Privacy() {
  const { t } = useTranslation()
  const chat = useChat()
  const session = useSession()
  const { privacy } = useMe()
  const change = useMutation({
    // One after the other, so that the last answer is the last word.
    scope: { id: 'privacy' },
    mutationFn: (wanted: Partial<PrivacySettings>) => unwrap(chat.api.PATCH('/api/me', { body: { privacy: wanted } })),
    onSuccess: (self) => session.adoptUser(self),
  })
  const shown = change.isPending ? { ...privacy, ...change.variables } : privacy
  return (
    <Card title={t('settings.privacy.title')} text={t('settings.privacy.text')}>
      {change.isError && (
        <p className={styles.error} role="alert">
          {failureText(t, change.error)}
        </p>
      )}
      <ul className={styles.rows}>
        {kinds.map((kind) => (
          <Switch key={kind} kind={kind} on={shown[kind]} toggle={() => change.mutate({ [kind]: !shown[kind] })} />
        ))}
      </ul>
    </Card>
  )
}

function Switch({ kind, on, toggle }: { kind: Kind; on: boolean; toggle: () => void }) {
  const { t } = useTranslation()
  const id = useId()
  return (
    <li className={styles.row}>
      <label htmlFor={id} className={styles.what}>
        <strong>{t(`settings.privacy.${kind}.name`)}</strong>
        <span id={`${id}-about`}>{t(`settings.privacy.${kind}.about`)}</span>
      </label>
      <input
        id={id}
        type="checkbox"
        role="switch"
        className={styles.switch}
        checked={on}
        aria-label={t(`settings.privacy.${kind}.name`)}
        aria-describedby={`${id}-about`}
        onChange={toggle}
      />
    </li>
  )
}
