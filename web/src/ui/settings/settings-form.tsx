import { useMutation } from '@tanstack/react-query'
import { useRef, type ReactNode, type SyntheticEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiError } from '../../api/api-error'
import type { FieldError } from '../../protocol/contract'
import { failureText, fieldText } from '../shell/failure-text'
import styles from './settings.module.css'

interface SettingsFormProps {
  /** The fields it shows; what is wrong with any other is told above them. */
  fields: readonly string[]
  action: string
  done: string
  save: (values: Record<string, string>) => Promise<unknown>
  /** Wipes the fields once they are saved. */
  clear?: boolean
  /** Leaves the form as it was; without it there is no way to. */
  cancel?: () => void
  children: (errorOf: (field: string) => string | undefined) => ReactNode
}

/** An error of the whole request in the contract that is one of a field for a person. */
const fieldOfCode: Record<string, FieldError> = {
  invalid_credentials: { field: 'current_password', code: 'wrong_password', detail: '' },
  email_taken: { field: 'email', code: 'email_taken', detail: '' },
}

function fieldErrors(error: ApiError | null): readonly FieldError[] {
  if (error === null) return []
  const own = fieldOfCode[error.code]
  return own === undefined ? error.fields : [own]
}

/** A few fields that are saved together. Errors stand at their fields, and the first of them gets the focus. */
export function SettingsForm({ fields, action, done, save, clear = false, cancel, children }: SettingsFormProps) {
  const { t } = useTranslation()
  const form = useRef<HTMLFormElement>(null)
  const { mutate, error, isPending, isSuccess, reset } = useMutation<unknown, Error, Record<string, string>>({
    mutationFn: save,
    onSuccess: () => {
      if (clear) form.current?.reset()
    },
    onError: (failure) => {
      const first = fieldErrors(ApiError.from(failure)).find(({ field }) => fields.includes(field))
      if (first !== undefined) form.current?.querySelector<HTMLInputElement>(`[name="${first.field}"]`)?.focus()
    },
  })
  const errors = fieldErrors(error === null ? null : ApiError.from(error))
  const general = error !== null && !errors.some(({ field }) => fields.includes(field))
  const errorOf = (field: string) => {
    const found = errors.find((one) => one.field === field)
    return found && fieldText(t, found)
  }
  const submit = (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (isPending) return
    const data = new FormData(event.currentTarget)
    const text = (value: FormDataEntryValue | null) => (typeof value === 'string' ? value : '')
    mutate(Object.fromEntries(fields.map((name) => [name, text(data.get(name))])))
  }
  return (
    <form ref={form} className={styles.form} onSubmit={submit} onChange={() => isSuccess && reset()} noValidate>
      {general && (
        <p className={styles.error} role="alert">
          {failureText(t, error)}
        </p>
      )}
      {children(errorOf)}
      <div className={styles.submit}>
        <button type="submit" className="button primary" aria-disabled={isPending}>
          {action}
        </button>
        {cancel !== undefined && (
          <button type="button" className="button" onClick={cancel}>
            {t('common.cancel')}
          </button>
        )}
        <p className={styles.done} role="status">
          {isSuccess && done}
        </p>
      </div>
    </form>
  )
}
