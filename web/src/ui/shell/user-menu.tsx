import { DropdownMenu } from 'radix-ui'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { changeLanguage, languages, type Language } from '../../i18n'
import { changeTheme, themePreference, type Theme } from '../../state/preferences'
import { Avatar } from './avatar'
import { CheckIcon } from './icons'
import { navigate, settingsHref } from './route'
import { useMe } from './services'
import { SignOutDialog } from './sign-out-dialog'
import styles from './menu.module.css'

const themes = ['system', 'light', 'dark'] as const

/** Who one is, how it looks, and the way out. */
export function UserMenu() {
  const { t, i18n } = useTranslation()
  const user = useMe()
  const [theme, setTheme] = useState<Theme | 'system'>(themePreference.get() ?? 'system')
  const [leaving, setLeaving] = useState(false)
  const wanted = useRef(false)
  // Only once the menu has given the focus back: the dialog returns it to where it was.
  const ask = () => {
    setLeaving(wanted.current)
    wanted.current = false
  }
  const chooseTheme = (value: string) => {
    const chosen = themes.find((one) => one === value) ?? 'system'
    changeTheme(chosen === 'system' ? undefined : chosen)
    setTheme(chosen)
  }
  return (
    <>
      {/* Not modal: a modal menu puts a style element into the page, which the CSP refuses. */}
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger className={styles.trigger} aria-label={t('menu.open')}>
          <Avatar id={user.id} name={user.display_name} url={user.avatar_url} size="small" />
        </DropdownMenu.Trigger>
          <DropdownMenu.Content className={styles.menu} align="end" sideOffset={6} collisionPadding={8} onCloseAutoFocus={ask}>
            <div className={styles.who}>
              <strong dir="auto">{user.display_name}</strong>
              <span>@{user.username}</span>
            </div>
            <DropdownMenu.Separator className={styles.separator} />
            <DropdownMenu.Item className={styles.item} onSelect={() => navigate(settingsHref)}>
              {t('menu.settings')}
            </DropdownMenu.Item>
            <DropdownMenu.Separator className={styles.separator} />
            <DropdownMenu.RadioGroup value={theme} onValueChange={chooseTheme} aria-label={t('menu.theme')}>
              <DropdownMenu.Label className={styles.label}>{t('menu.theme')}</DropdownMenu.Label>
              {themes.map((value) => (
                <Choice key={value} value={value} text={t(`menu.${value}`)} />
              ))}
            </DropdownMenu.RadioGroup>
            <DropdownMenu.Separator className={styles.separator} />
            <DropdownMenu.RadioGroup
              value={i18n.language}
              onValueChange={(value) => void changeLanguage(value as Language)}
              aria-label={t('menu.language')}
            >
              <DropdownMenu.Label className={styles.label}>{t('menu.language')}</DropdownMenu.Label>
              {Object.entries(languages).map(([code, name]) => (
                <Choice key={code} value={code} text={name} lang={code} />
              ))}
            </DropdownMenu.RadioGroup>
            <DropdownMenu.Separator className={styles.separator} />
            <DropdownMenu.Item className={styles.item} onSelect={() => (wanted.current = true)}>
              {t('menu.signOut')}
            </DropdownMenu.Item>
          </DropdownMenu.Content>
      </DropdownMenu.Root>
      {leaving && <SignOutDialog close={() => setLeaving(false)} />}
    </>
  )
}

function Choice({ value, text, lang }: { value: string; text: string; lang?: string }) {
  return (
    <DropdownMenu.RadioItem className={styles.item} value={value} lang={lang} onSelect={(event) => event.preventDefault()}>
      {text}
      <DropdownMenu.ItemIndicator>
        <CheckIcon />
      </DropdownMenu.ItemIndicator>
    </DropdownMenu.RadioItem>
  )
}
