import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { StopReason } from '../../protocol/close-codes'
import { Logo } from '../shell/logo'
import { Preferences } from '../shell/preferences'
import { useRoute } from '../shell/route'
import styles from './auth.module.css'
import { AuthForm, type AuthMode } from './auth-form'

/** The way in: one card for signing in and for creating an account. */
export function AuthPage({ notice }: { notice: StopReason | undefined }) {
  const { t } = useTranslation()
  const [mode, setMode] = useState<AuthMode>('sign-in')
  const signIn = mode === 'sign-in'
  const joining = useRoute().name === 'join'
  return (
    <div className={styles.page}>
      <main className={styles.card}>
        <div className={styles.brand}>
          <Logo size={44} />
          <p className={styles.tagline}>
            <strong>{t('app.name')}</strong> {t('app.tagline')}
          </p>
        </div>
        <h1 className={styles.title}>{signIn ? t('auth.signInTitle') : t('auth.registerTitle')}</h1>
        {joining && (
          <p className={styles.notice} role="status">
            {t('auth.joining')}
          </p>
        )}
        {(notice === 'session_revoked' || notice === 'account_closed') && (
          <p className={styles.notice} role="status">
            {t(`auth.notice.${notice}`)}
          </p>
        )}
        <AuthForm key={mode} mode={mode} />
        <p className={styles.other}>
          {signIn ? t('auth.toRegister') : t('auth.toSignIn')}{' '}
          <button type="button" className="link-button" onClick={() => setMode(signIn ? 'register' : 'sign-in')}>
            {signIn ? t('auth.toRegisterAction') : t('auth.toSignInAction')}
          </button>
        </p>
      </main>
      <footer className={styles.footer}>
        <Preferences />
      </footer>
    </div>
  )
}
