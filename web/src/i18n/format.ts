/** Times and days as people of the language write them. Formatters are costly to make, so each is made once. */
const formats = new Map<string, Intl.DateTimeFormat>()

/** The browser's own variety of the language (en-GB writes 14:05, en-US 2:05 PM) where it has one. */
function localeOf(language: string): string {
  const primary = language.split('-')[0] ?? language
  return navigator.languages.find((tag) => tag.split('-')[0] === primary) ?? language
}

function format(language: string, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language} ${name}`
  let found = formats.get(key)
  if (found === undefined) {
    found = new Intl.DateTimeFormat(localeOf(language), options)
    formats.set(key, found)
  }
  return found
}

export function timeOfDay(language: string, time: Date): string {
  return format(language, 'time', { timeStyle: 'short' }).format(time)
}

export function fullTime(language: string, time: Date): string {
  return format(language, 'full', { dateStyle: 'full', timeStyle: 'short' }).format(time)
}

/** A moment that may be far away, in either direction. */
export function dateAndTime(language: string, time: Date): string {
  return format(language, 'date and time', { dateStyle: 'medium', timeStyle: 'short' }).format(time)
}

/** Local days from `time` to `now`: 0 today, 1 yesterday. */
export function daysAgo(time: Date, now: Date): number {
  const day = (date: Date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate())
  return Math.round((day(now) - day(time)) / 86_400_000)
}

/** A day that is neither today nor yesterday. */
export function dayName(language: string, time: Date, now: Date): string {
  const days = daysAgo(time, now)
  if (days > 0 && days < 7) return format(language, 'weekday', { weekday: 'long' }).format(time)
  if (time.getFullYear() === now.getFullYear()) return format(language, 'day', { weekday: 'short', day: 'numeric', month: 'long' }).format(time)
  return format(language, 'date', { day: 'numeric', month: 'long', year: 'numeric' }).format(time)
}

/** As short as a list wants it. */
export function shortTime(language: string, time: Date, now: Date, yesterday: string): string {
  const days = daysAgo(time, now)
  if (days <= 0) return timeOfDay(language, time)
  if (days === 1) return yesterday
  if (days < 7) return format(language, 'short weekday', { weekday: 'short' }).format(time)
  if (time.getFullYear() === now.getFullYear()) return format(language, 'short day', { day: 'numeric', month: 'short' }).format(time)
  return format(language, 'short date', { year: '2-digit', month: 'numeric', day: 'numeric' }).format(time)
}

const relative = new Map<string, Intl.RelativeTimeFormat>()

/** "5 minutes ago", "yesterday"; undefined for less than a minute. */
export function ago(language: string, time: Date, now: Date): string | undefined {
  let found = relative.get(language)
  if (found === undefined) {
    found = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
    relative.set(language, found)
  }
  const minutes = Math.floor((now.getTime() - time.getTime()) / 60_000)
  if (minutes < 1) return undefined
  if (minutes < 60) return found.format(-minutes, 'minute')
  const days = daysAgo(time, now)
  if (days < 1 || minutes < 6 * 60) return found.format(-Math.floor(minutes / 60), 'hour')
  return days < 30 ? found.format(-days, 'day') : dayName(language, time, now)
}
