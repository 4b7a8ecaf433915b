import { useEffect, useRef, useState, type RefObject } from 'react'

interface Opening {
  open: boolean
  setOpen: (open: boolean) => void
  /** The button that gives way to what it opens. */
  button: RefObject<HTMLButtonElement | null>
}

/** For a button in whose place something is opened: once that is closed, the focus is at the button again. */
export function useOpening(): Opening {
  const [open, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const was = useRef(false)
  useEffect(() => {
    if (was.current && !open && document.activeElement === document.body) button.current?.focus()
    was.current = open
  }, [open])
  return { open, setOpen, button }
}
