import { useCallback, useLayoutEffect, useRef, useState, type RefObject } from 'react'
import type { Found } from '../../state/model'
import { useChat } from '../shell/services'
import { LogScroller } from './log-scroller'
import type { LogRow } from './log-rows'
import { looking } from './use-attention'

interface LogView {
  id: string
  rows: readonly LogRow[]
  /** An older stretch is shown, not the newest messages. */
  detached: boolean
  found: Found | undefined
  /** The newest text of one's own that is on its way. */
  own: string | undefined
}

interface Scrolling {
  view: RefObject<HTMLDivElement | null>
  scroller: LogScroller
  /** So far from the newest messages that a way back is wanted. */
  far: boolean
  read: () => void
  toNewest: () => void
}

/** Joins the scroller of a log with the state: what is in view is read, what comes into view is fetched. */
export function useLogScroller({ id, rows, detached, found, own }: LogView): Scrolling {
  const chat = useChat()
  const view = useRef<HTMLDivElement>(null)
  const [far, setFar] = useState(false)
  const [scroller] = useState(() => {
    const made: LogScroller = new LogScroller({
      far: setFar,
      // After a failure the person decides.
      needOlder: () => {
        const state = chat.store.get()
        if ((state.windows.get(id) ?? state.timelines.get(id))?.history !== 'failed') void chat.history.loadOlder(id)
      },
      needNewer: () => {
        if (chat.store.get().windows.get(id)?.future !== 'failed') void chat.history.loadNewer(id)
      },
      scrolled: () => {
        if (looking()) chat.read(id, made.newestVisible())
      },
    })
    return made
  })
  const read = useCallback(() => {
    if (looking()) chat.read(id, scroller.newestVisible())
  }, [chat, id, scroller])

  useLayoutEffect(() => (view.current === null ? undefined : scroller.attach(view.current)), [scroller])
  useLayoutEffect(() => {
    scroller.detach(detached)
    scroller.rowsChanged()
  }, [scroller, rows, detached])

  const shown = useRef<Found>(undefined)
  useLayoutEffect(() => {
    if (found === undefined || shown.current === found) return
    if (scroller.show(found.seq)) shown.current = found
  }, [found, rows, scroller])

  const toNewest = useCallback(() => {
    if (!chat.store.get().windows.has(id)) {
      scroller.toEnd('smooth')
      return
    }
    void chat.history.toNewest(id)
    // Once the messages that are held are there to scroll to.
    requestAnimationFrame(() => scroller.toEnd('instant'))
  }, [chat, id, scroller])

  const lastOwn = useRef(own)
  useLayoutEffect(() => {
    if (own !== undefined && own !== lastOwn.current) {
      if (detached) toNewest()
      else scroller.toEnd('instant')
    }
    lastOwn.current = own
  }, [own, scroller, detached, toNewest])

  return { view, scroller, far, read, toNewest }
}
