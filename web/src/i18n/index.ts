import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { preference } from '../state/preferences'
import { en } from './en'

export const languages = { en: 'English', 'zh-CN': '简体中文' } as const

export type Language = keyof typeof languages

/** The browser's first language that we speak; English when there is none. */
export function detectLanguage(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    const primary = tag.toLowerCase().split('-')[0]
    if (primary === 'zh') return 'zh-CN'
    if (primary === 'en') return 'en'
  }
  return 'en'
}

export const languagePreference = preference<Language>('uim.language', ['en', 'zh-CN'])

export async function startI18n(): Promise<void> {
  const language = languagePreference.get() ?? detectLanguage(navigator.languages)
  await i18next.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    supportedLngs: Object.keys(languages),
    resources: { en: { translation: en } },
    // React escapes text nodes itself.
    interpolation: { escapeValue: false },
  })
  await speak(language)
}

export async function changeLanguage(language: Language): Promise<void> {
  languagePreference.set(language)
  await speak(language)
}

/** Nobody waits for the texts of a language that is not theirs. Where they cannot be had, the language stays as it is. */
async function speak(language: Language): Promise<void> {
  if (!(await load(language))) return
  await i18next.changeLanguage(language)
  document.documentElement.lang = language
}

async function load(language: Language): Promise<boolean> {
  if (i18next.hasResourceBundle(language, 'translation')) return true
  try {
    const [{ zhCN }, { zhCNPanels }] = await Promise.all([import('./zh-cn'), import('./zh-cn-panels')])
    i18next.addResourceBundle(language, 'translation', { ...zhCN, ...zhCNPanels })
    return true
  } catch {
    return false
  }
}
