export interface Preference<T extends string> {
  /** Undefined while the person has not chosen. */
  get(): T | undefined
  set(value: T | undefined): void
}

/** A choice of this browser. Where nothing may be stored, it lasts as long as the page. */
export function preference<T extends string>(key: string, allowed: readonly T[]): Preference<T> {
  let chosen: T | undefined
  return {
    get: () => {
      try {
        const stored = localStorage.getItem(key)
        chosen = allowed.find((value) => value === stored)
      } catch {
        // The choice of this page is all there is.
      }
      return chosen
    },
    set: (value) => {
      chosen = value
      try {
        if (value === undefined) localStorage.removeItem(key)
        else localStorage.setItem(key, value)
      } catch {
        // As above.
      }
    },
  }
}

export type Theme = 'light' | 'dark'

/** public/theme.js applies it before the first paint. */
export const themePreference = preference<Theme>('uim.theme', ['light', 'dark'])

export function changeTheme(theme: Theme | undefined): void {
  themePreference.set(theme)
  if (theme === undefined) delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}

/** Whether a refresh cookie is likely to be there; it cannot be seen from here. */
export const signedInMemory = preference<'yes'>('uim.signed-in', ['yes'])
