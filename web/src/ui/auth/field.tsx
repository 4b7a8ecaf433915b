import { useId, useState, type AriaAttributes, type ComponentProps, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { EyeIcon, EyeOffIcon, WarningIcon } from '../shell/icons'
import styles from './auth.module.css'

interface LabelProps {
  label: string
  /** A word beside the label. */
  note?: string | undefined
  hint?: string | undefined
  error?: string | undefined
}

interface FieldProps extends LabelProps, ComponentProps<'input'> {
  name: string
  /** A control inside the field's right edge. */
  action?: ReactNode
}

interface LongFieldProps extends LabelProps, ComponentProps<'textarea'> {
  name: string
}

/** A labelled input with its hint, or, once there is one, its error in the hint's place. */
export function Field({ label, note, hint, error, action, ...input }: FieldProps) {
  return (
    <Labelled label={label} note={note} hint={hint} error={error}>
      {(attributes) => (
        <>
          <input className={styles.input} {...attributes} {...input} />
          {action}
        </>
      )}
    </Labelled>
  )
}

/** The same for a text of several lines. */
export function LongField({ label, note, hint, error, ...area }: LongFieldProps) {
  return (
    <Labelled label={label} note={note} hint={hint} error={error}>
      {(attributes) => <textarea className={`${styles.input ?? ''} ${styles.long ?? ''}`} rows={3} {...attributes} {...area} />}
    </Labelled>
  )
}

interface LabelledProps extends LabelProps {
  children: (attributes: { id: string } & AriaAttributes) => ReactNode
}

function Labelled({ label, note, hint, error, children }: LabelledProps) {
  const id = useId()
  const about = error !== undefined || hint !== undefined ? `${id}-about` : undefined
  return (
    <div className={styles.field}>
      <div className={styles.labelLine}>
        <label htmlFor={id}>{label}</label>
        {note !== undefined && <span className={styles.note}>{note}</span>}
      </div>
      <div className={styles.inputBox}>{children({ id, 'aria-invalid': error !== undefined, 'aria-describedby': about })}</div>
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
