import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { changeLanguage, languages, type Language } from '../../i18n'
import { changeTheme, themePreference, type Theme } from '../../state/preferences'
import styles from './preferences.module.css'

const order: readonly (Theme | 'system')[] = ['system', 'light', 'dark']

/** Language and appearance for those who are not signed in. */
export function Preferences() {
  const { t, i18n } = useTranslation()
  const [theme, setTheme] = useState<Theme | 'system'>(themePreference.get() ?? 'system')
  const chooseTheme = (value: Theme | 'system') => {
    changeTheme(value === 'system' ? undefined : value)
    setTheme(value)
  }
  return (
    <div className={styles.preferences}>
      <label>
        <span className="visually-hidden">{t('menu.language')}</span>
        <select value={i18n.language} onChange={(event) => void changeLanguage(event.target.value as Language)}>
          {Object.entries(languages).map(([code, name]) => (
            <option key={code} value={code} lang={code}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span className="visually-hidden">{t('menu.theme')}</span>
        <select value={theme} onChange={(event) => chooseTheme(event.target.value as Theme | 'system')}>
          {order.map((value) => (
            <option key={value} value={value}>
              {t(`menu.${value}`)}
            </option>
          ))}
        </select>
      </label>
    </div>
  )
}
