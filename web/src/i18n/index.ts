import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { preference } from '../state/preferences'
import { en } from './en'
import { zhCN } from './zh-cn'

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
    lng: language,
    fallbackLng: 'en',
    supportedLngs: Object.keys(languages),
    resources: { en: { translation: en }, 'zh-CN': { translation: zhCN } },
    // React escapes text nodes itself.
    interpolation: { escapeValue: false },
  })
  document.documentElement.lang = language
}

export async function changeLanguage(language: Language): Promise<void> {
  languagePreference.set(language)
  document.documentElement.lang = language
  await i18next.changeLanguage(language)
}
