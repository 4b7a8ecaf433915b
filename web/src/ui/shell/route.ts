import { useSyncExternalStore } from 'react'

export type Route = { name: 'list' } | { name: 'settings' } | { name: 'conversation'; id: string }

export const listHref = '#/'
export const settingsHref = '#/settings'

/** Screens are in the fragment, so that any static server will do and Back leads from a chat to the list. */
export function parseRoute(hash: string): Route {
  if (hash === settingsHref) return { name: 'settings' }
  const id = /^#\/c\/([0-9a-zA-Z-]+)$/.exec(hash)?.[1]
  return id === undefined ? { name: 'list' } : { name: 'conversation', id }
}

export function conversationHref(id: string): string {
  return `#/c/${id}`
}


export function navigate(href: string): void {
  location.hash = href
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener)
  return () => window.removeEventListener('hashchange', listener)
}

export function useRoute(): Route {
  return parseRoute(useSyncExternalStore(subscribe, () => location.hash))
}
