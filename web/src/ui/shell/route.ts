import { useSyncExternalStore } from 'react'

export type Panel = 'info' | 'search'

export type Route =
  | { name: 'list' | 'settings' | 'new-group' }
  | { name: 'join'; code: string }
  | { name: 'conversation'; id: string; panel: Panel | undefined }

export const listHref = '#/'
export const settingsHref = '#/settings'
export const newGroupHref = '#/new'

/** Screens are in the fragment, so that any static server will do and Back leads from a chat to the list. */
export function parseRoute(hash: string): Route {
  if (hash === settingsHref) return { name: 'settings' }
  if (hash === newGroupHref) return { name: 'new-group' }
  const code = /^#\/join\/([\w-]+)$/.exec(hash)?.[1]
  if (code !== undefined) return { name: 'join', code }
  const [, id, panel] = /^#\/c\/([0-9a-zA-Z-]+)(?:\/(info|search))?$/.exec(hash) ?? []
  return id === undefined ? { name: 'list' } : { name: 'conversation', id, panel: panel as Panel | undefined }
}

export function conversationHref(id: string, panel?: Panel): string {
  return panel === undefined ? `#/c/${id}` : `#/c/${id}/${panel}`
}

/** The link that is given to people. It leaves the page's own scheme aside, so that it reads as what it is. */
export function joinLink(origin: string, code: string): string {
  return `${origin}/join/${code}`
}

/** Turns the address of an invitation into the screen of it; to be called before anything is shown. */
export function openJoinLink(): void {
  const code = /^\/join\/([\w-]+)\/?$/.exec(location.pathname)?.[1]
  if (code !== undefined) history.replaceState(null, '', `/#/join/${code}`)
}

/** `replace`: Back does not lead to the screen one leaves. */
export function navigate(href: string, { replace = false } = {}): void {
  if (replace) location.replace(href)
  else location.hash = href
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener)
  return () => window.removeEventListener('hashchange', listener)
}

export function useRoute(): Route {
  return parseRoute(useSyncExternalStore(subscribe, () => location.hash))
}
