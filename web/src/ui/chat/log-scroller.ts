/** Closer to the end than this counts as being at the end: new messages then scroll into view by themselves. */
const nearEnd = 48
/** Where the way back is far enough for a button. */
const farFromEnd = 320
/** Older messages are asked for this many pixels before the top comes into view. */
const readAhead = 900

interface Anchor {
  key: string
  /** Distance of the row's top from the top of the view. */
  top: number
}

export interface LogScrollerEvents {
  far(far: boolean): void
  needOlder(): void
  /** While what is shown does not end with the newest messages: more of what follows is wanted. */
  needNewer(): void
  scrolled(): void
}

/**
 * Keeps a log still while it changes around what one looks at. At the end it stays at the end; anywhere else the topmost
 * visible row keeps its place, whether pages are added above, messages below, or the window changes its size. The
 * browser's own scroll anchoring is switched off in the style sheet: it does nothing at the very top, where it is needed.
 *
 * Rows carry data-key; bubbles also data-seq, or data-pending while they have none. One scroller serves one element,
 * from attach() to the end of what attach() answers.
 */
export class LogScroller {
  #events: LogScrollerEvents
  #view: HTMLElement | undefined
  #sticky = true
  #anchor: Anchor | undefined
  #placed = false
  #detached = false

  constructor(events: LogScrollerEvents) {
    this.#events = events
  }

  attach(view: HTMLElement): () => void {
    this.#view = view
    const onScroll = () => {
      this.#remember(view)
      this.#events.scrolled()
    }
    const sizes = new ResizeObserver(() => this.#restore(view))
    view.addEventListener('scroll', onScroll, { passive: true })
    sizes.observe(view)
    return () => {
      this.#view = undefined
      view.removeEventListener('scroll', onScroll)
      sizes.disconnect()
    }
  }

  get atEnd(): boolean {
    return this.#sticky
  }

  /** Whether what is shown ends before the newest messages: the end is then no place to stay at. */
  detach(detached: boolean): void {
    this.#detached = detached
    if (detached) this.#sticky = false
  }

  /** Puts a message in the upper half of the view. False while it is not among the rows. */
  show(seq: number): boolean {
    const row = this.#view?.querySelector(`[data-seq="${seq}"]`)
    if (this.#view === undefined || row === null || row === undefined) return false
    this.#placed = true
    this.#view.scrollTop += topIn(this.#view, row) - this.#view.clientHeight / 3
    this.#remember(this.#view)
    return true
  }

  /** To be called after every change of the rows, before the browser paints. */
  rowsChanged(): void {
    const view = this.#view
    if (view === undefined) return
    if (!this.#placed && view.querySelector('[data-seq]') !== null) {
      this.#placed = true
      placeFirst(view)
    } else this.#restore(view)
    this.#remember(view)
  }

  toEnd(behavior: ScrollBehavior): void {
    this.#view?.scrollTo({ top: this.#view.scrollHeight, behavior })
  }

  /** The newest seq of which the whole bubble is in view, 0 when there is none. */
  newestVisible(): number {
    if (this.#view === undefined) return 0
    const edge = this.#view.getBoundingClientRect().bottom
    const rows = [...this.#view.querySelectorAll<HTMLElement>('[data-seq]')]
    const newest = rows.findLast((row) => row.getBoundingClientRect().bottom <= edge + 1)
    return Number(newest?.dataset.seq ?? 0)
  }

  #remember(view: HTMLElement): void {
    const distance = view.scrollHeight - view.scrollTop - view.clientHeight
    this.#sticky = !this.#detached && distance < nearEnd
    this.#anchor = this.#sticky ? undefined : topmostBubble(view)
    this.#events.far(this.#detached || distance > farFromEnd)
    if (view.scrollTop < readAhead) this.#events.needOlder()
    if (this.#detached && distance < readAhead) this.#events.needNewer()
  }

  #restore(view: HTMLElement): void {
    if (this.#sticky) view.scrollTop = view.scrollHeight
    else if (this.#anchor !== undefined) {
      const row = view.querySelector(`[data-key="${CSS.escape(this.#anchor.key)}"]`)
      if (row !== null) view.scrollTop += topIn(view, row) - this.#anchor.top
    }
  }
}

/** On entering: the end, unless the unread line would then be above the view; then the line, with a little before it. */
function placeFirst(view: HTMLElement): void {
  view.scrollTop = view.scrollHeight
  const line = view.querySelector('[data-key="unread"]')
  if (line === null) return
  const top = topIn(view, line)
  if (top < 0) view.scrollTop += top - view.clientHeight / 5
}

/** Days and the unread line may move between messages; a bubble stays what it is. */
function topmostBubble(view: HTMLElement): Anchor | undefined {
  const edge = view.getBoundingClientRect().top
  for (const row of view.querySelectorAll<HTMLElement>('[data-seq], [data-pending]')) {
    const { top, bottom } = row.getBoundingClientRect()
    if (bottom > edge) return { key: row.dataset.key ?? '', top: top - edge }
  }
  return undefined
}

function topIn(view: HTMLElement, row: Element): number {
  return row.getBoundingClientRect().top - view.getBoundingClientRect().top
}
