import { useRef, type MouseEvent, type PointerEvent } from 'react'

const heldFor = 500
/** A finger never lies quite still; further than this it scrolls. */
const tolerance = 10

/**
 * A finger that stays on an element, and what other devices have for it (the right button, the menu key), opens its
 * menu. Not every phone turns a long press into a contextmenu event, so it is timed here.
 */
export function useLongPress(open: (x: number, y: number) => void) {
  const press = useRef<{ timer: ReturnType<typeof setTimeout>; x: number; y: number } | undefined>(undefined)
  const opened = useRef(false)
  const end = () => {
    clearTimeout(press.current?.timer)
    press.current = undefined
  }
  return {
    onPointerDown: (event: PointerEvent) => {
      opened.current = false
      if (event.pointerType === 'mouse') return
      const { clientX: x, clientY: y } = event
      const timer = setTimeout(() => {
        opened.current = true
        open(x, y)
      }, heldFor)
      press.current = { timer, x, y }
    },
    onPointerMove: (event: PointerEvent) => {
      const { current } = press
      if (current !== undefined && Math.hypot(event.clientX - current.x, event.clientY - current.y) > tolerance) end()
    },
    onPointerUp: end,
    onPointerCancel: end,
    onContextMenu: (event: MouseEvent) => {
      event.preventDefault()
      end()
      if (opened.current) return
      opened.current = true
      const box = event.currentTarget.getBoundingClientRect()
      // The menu key has no place of its own.
      if (event.clientX === 0 && event.clientY === 0) open(box.left + 24, box.top + box.height / 2)
      else open(event.clientX, event.clientY)
    },
    /** The click that ends a long press opens nothing more. */
    onClickCapture: (event: MouseEvent) => {
      if (!opened.current) return
      opened.current = false
      if (event.detail === 0) return
      event.preventDefault()
      event.stopPropagation()
    },
  }
}
