import { useTranslation } from 'react-i18next'
import { Logo } from '../shell/logo'
import styles from './auth.module.css'

/** While it is not known yet who is here. */
export function Splash({ unreachable }: { unreachable: boolean }) {
  const { t } = useTranslation()
  return (
    <main className={styles.splash}>
      <Logo size={56} />
      <p role="status">{unreachable ? t('auth.unreachable') : t('auth.starting')}</p>
    </main>
  )
}
