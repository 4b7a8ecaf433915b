import { useMutation } from '@tanstack/react-query'
import { useRef, type SyntheticEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiError } from '../../api/api-error'
import type { FieldError } from '../../protocol/contract'
import { failureText, fieldText } from '../shell/failure-text'
import { useSession } from '../shell/services'
import styles from './auth.module.css'
import { Field, PasswordField } from './field'

interface Values {
  username: string
  password: string
  displayName: string
}

/** What can be said without asking the server; everything else the server knows better. */
function missing({ username, password }: Values): FieldError[] {
  const required = (field: string) => ({ field, code: 'required', detail: 'required' })
  return [...(username === '' ? [required('username')] : []), ...(password === '' ? [required('password')] : [])]
}

/** A taken name is an error of the whole request in the contract, and of one field for a person. */
function fieldErrors(error: ApiError | null): readonly FieldError[] {
  if (error?.code === 'username_taken' && error.field('username') === undefined) {
    return [...error.fields, { field: 'username', code: 'username_taken', detail: error.message }]
  }
  return error?.fields ?? []
}

export type AuthMode = 'sign-in' | 'register'

export function AuthForm({ mode }: { mode: AuthMode }) {
  const { t } = useTranslation()
  const session = useSession()
  const form = useRef<HTMLFormElement>(null)
  const register = mode === 'register'
  const { mutate, error, isPending } = useMutation<undefined, ApiError, Values>({
    mutationFn: async (values) => {
      const errors = missing(values)
      if (errors.length > 0) throw new ApiError(422, { code: 'validation_failed', errors })
      if (register) await session.register(values.username, values.password, values.displayName)
      else await session.login(values.username, values.password)
      return undefined
    },
    onError: (failure) => {
      // Of a name and a password that do not go together, it is more often the password that was mistyped.
      const first = fieldErrors(failure)[0]?.field ?? (failure.code === 'invalid_credentials' ? 'password' : 'username')
      const field = form.current?.querySelector<HTMLInputElement>(`[name="${first}"]`)
      field?.focus()
      if (failure.code === 'invalid_credentials') field?.select()
    },
  })

  const submit = (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (isPending) return
    const data = new FormData(event.currentTarget)
    const text = (name: string) => {
      const value = data.get(name)
      return typeof value === 'string' ? value : ''
    }
    mutate({ username: text('username').trim(), password: text('password'), displayName: text('display_name').trim() })
  }

  const errors = fieldErrors(error)
  const about = (name: string) => {
    const found = errors.find((one) => one.field === name)
    return found && fieldText(t, found)
  }
  const shown = new Set(['username', 'password', ...(register ? ['display_name'] : [])])
  const general = error !== null && !errors.some(({ field }) => shown.has(field))
  return (
    <form ref={form} className={styles.form} onSubmit={submit} noValidate>
      {general && (
        <p className={styles.error} role="alert">
          {failureText(t, error)}
        </p>
      )}
      <Field
        name="username"
        label={t('auth.username')}
        hint={register ? t('auth.usernameHint') : undefined}
        error={about('username')}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
      />
      {register && (
        <Field name="display_name" label={t('auth.displayName')} note={t('auth.optional')} error={about('display_name')} autoComplete="name" />
      )}
      <PasswordField
        name="password"
        label={t('auth.password')}
        hint={register ? t('auth.passwordHint') : undefined}
        error={about('password')}
        autoComplete={register ? 'new-password' : 'current-password'}
        required
      />
      <button type="submit" className="button primary" aria-disabled={isPending}>
        {register ? t(isPending ? 'auth.creatingAccount' : 'auth.createAccount') : t(isPending ? 'auth.signingIn' : 'auth.signIn')}
      </button>
    </form>
  )
}
