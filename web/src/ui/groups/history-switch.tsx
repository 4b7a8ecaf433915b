import { useId } from 'react'
import { useTranslation } from 'react-i18next'
import settings from '../settings/settings.module.css'
import styles from './groups.module.css'

/** Whether new members see what was said before they came. */
export function HistorySwitch({ on, busy = false, toggle }: { on: boolean; busy?: boolean; toggle: () => void }) {
  const { t } = useTranslation()
  const id = useId()
  return (
    <div className={styles.setting}>
      <label htmlFor={id} className={settings.what}>
        <strong>{t('group.history')}</strong>
        <span id={`${id}-about`}>{t('group.historyAbout')}</span>
      </label>
      <input
        id={id}
        type="checkbox"
        role="switch"
        className={settings.switch}
        checked={on}
        aria-label={t('group.history')}
        aria-describedby={`${id}-about`}
        aria-disabled={busy}
        onChange={() => !busy && toggle()}
      />
    </div>
  )
}
