import { useId, useState, type ComponentProps, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { EyeIcon, EyeOffIcon, WarningIcon } from '../shell/icons'
import styles from './auth.module.css'

interface FieldProps extends ComponentProps<'input'> {
  name: string
  label: string
  /** A word beside the label. */
  note?: string
  hint?: string | undefined
  error?: string | undefined
  /** A control inside the field's right edge. */
  action?: ReactNode
}

/** A labelled input with its hint, or, once there is one, its error in the hint's place. */
export function Field({ label, note, hint, error, action, ...input }: FieldProps) {
  const id = useId()
  const about = error !== undefined || hint !== undefined ? `${id}-about` : undefined
  return (
    <div className={styles.field}>
      <div className={styles.labelLine}>
        <label htmlFor={id}>{label}</label>
        {note !== undefined && <span className={styles.note}>{note}</span>}
      </div>
      <div className={styles.inputBox}>
        <input id={id} className={styles.input} aria-invalid={error !== undefined} aria-describedby={about} {...input} />
        {action}
      </div>
      {about !== undefined && (
        <p id={about} className={error === undefined ? styles.hint : styles.fieldError}>
          {error !== undefined && <WarningIcon />}
          {error ?? hint}
        </p>
      )}
    </div>
  )
}

export function PasswordField(props: Omit<FieldProps, 'type' | 'action'>) {
  const { t } = useTranslation()
  const [shown, setShown] = useState(false)
  const action = (
    <button
      type="button"
      className={`icon-button ${styles.reveal ?? ''}`}
      aria-label={t(shown ? 'auth.hidePassword' : 'auth.showPassword')}
      onClick={() => setShown(!shown)}
    >
      {shown ? <EyeOffIcon /> : <EyeIcon />}
    </button>
  )
  return <Field {...props} type={shown ? 'text' : 'password'} action={action} />
}
