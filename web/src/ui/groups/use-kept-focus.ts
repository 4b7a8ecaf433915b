import { useEffect, useRef, type RefObject } from 'react'

/** When what has the focus in a part of the page is taken away, such as a row of its list, the heading of the part gets it. */
export function useKeptFocus(heading: RefObject<HTMLElement | null>): void {
  const focused = useRef<EventTarget>(null)
  useEffect(() => {
    const part = heading.current?.parentElement
    const remember = ({ target }: FocusEvent) => {
      focused.current = target
    }
    const forget = ({ relatedTarget }: FocusEvent) => {
      if (relatedTarget instanceof Node && part?.contains(relatedTarget) === false) focused.current = null
    }
    part?.addEventListener('focusin', remember)
    part?.addEventListener('focusout', forget)
    return () => {
      part?.removeEventListener('focusin', remember)
      part?.removeEventListener('focusout', forget)
    }
  }, [heading])
  useEffect(() => {
    const gone = focused.current instanceof Element && !focused.current.isConnected
    if (gone && document.activeElement === document.body) heading.current?.focus()
  })
}
