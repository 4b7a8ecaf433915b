import type { KeyboardEvent } from 'react'

/** Arrow keys, Home and End move the focus between the links and buttons of a list. */
export function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  // A menu that is open in the list has its own use for them.
  if (event.defaultPrevented) return
  const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key]
  if (step === undefined) return
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-arrow]')]
  const current = items.findIndex((item) => item.contains(document.activeElement))
  if (current < 0 && step !== 1) return
  const next = items[Math.max(0, Math.min(items.length - 1, current + step))]
  if (next === undefined) return
  event.preventDefault()
  next.focus()
}
