import { unwrap, type Api } from '../api/http'
import type { Message } from '../protocol/contract'
import { withHistory, withOlder } from './chat-state'
import { emptyTimeline, type ChatState } from './model'
import type { Store } from './store'
import { withoutWindow, withWindow, withWindowNewer, withWindowOlder, withWindowPhase } from './window'

const pageSize = 50
/** As many unread messages come with the newest page, and a few before them. */
const mostUnread = 80

/** The parts of conversations that are fetched because somebody scrolls or jumps there. */
export class History {
  #api: Api
  #store: Store<ChatState>

  constructor(api: Api, store: Store<ChatState>) {
    this.#api = api
    this.#store = store
  }

  /** Pages upwards from what one looks at. A failure is in the state, for a retry by hand. */
  async loadOlder(id: string): Promise<void> {
    const state = this.#store.get()
    const conversation = state.conversations.get(id)
    const window = state.windows.get(id)
    const shown = window ?? state.timelines.get(id) ?? emptyTimeline
    if (conversation === undefined || shown.complete || shown.history === 'loading') return
    const before = shown.messages[0]?.seq ?? conversation.last_seq + 1
    if (before <= 1) {
      this.#store.update((now) => withOlder(now, id, [], true))
      return
    }
    const phase = (now: ChatState, history: 'loading' | 'failed') =>
      window === undefined ? withHistory(now, id, history) : withWindowPhase(now, id, { history })
    this.#store.update((now) => phase(now, 'loading'))
    try {
      if (shown.messages.length === 0 && conversation.unread_count > mostUnread) {
        await this.#openAtUnread(id, conversation.first_unread_seq ?? conversation.my_read_seq + 1)
        return
      }
      const limit = Math.min(100, Math.max(pageSize, conversation.unread_count + 20))
      const page = await this.#page(id, { before_seq: before, limit })
      this.#store.update((now) => (window === undefined ? withOlder : withWindowOlder)(now, id, page, page.length === 0))
    } catch {
      this.#store.update((now) => phase(now, 'failed'))
    }
  }

  /** More is unread than comes with the newest messages: one begins where one left off, and nothing is taken for read unseen. */
  async #openAtUnread(id: string, seq: number): Promise<void> {
    const page = await this.#page(id, { around_seq: seq, limit: pageSize })
    this.#store.update((now) => withWindow(withHistory(now, id, 'idle'), id, page))
  }

  /** Pages downwards from an older stretch, until it meets the newest messages. */
  async loadNewer(id: string): Promise<void> {
    const window = this.#store.get().windows.get(id)
    const last = window?.messages.at(-1)?.seq
    if (window === undefined || last === undefined || window.future === 'loading') return
    this.#store.update((now) => withWindowPhase(now, id, { future: 'loading' }))
    try {
      const page = await this.#page(id, { after_seq: last, limit: pageSize })
      this.#store.update((now) => withWindowNewer(now, id, page))
    } catch {
      this.#store.update((now) => withWindowPhase(now, id, { future: 'failed' }))
    }
  }

  /** Looks at a message, wherever it is. Rejects when it cannot be had. */
  async lookAround(id: string, seq: number): Promise<void> {
    const state = this.#store.get()
    const holds = (messages: readonly Message[] | undefined) => messages?.some((message) => message.seq === seq) === true
    if (holds(state.timelines.get(id)?.messages)) this.#store.update((now) => withoutWindow(now, id))
    else if (!holds(state.windows.get(id)?.messages)) {
      const page = await this.#page(id, { around_seq: seq, limit: pageSize })
      this.#store.update((now) => withWindow(now, id, page))
    }
    this.#store.update((now) => ({ ...now, found: { conversationId: id, seq } }))
  }

  /** Back to the newest messages, which may not have been fetched yet. */
  async toNewest(id: string): Promise<void> {
    const state = this.#store.get()
    const last = state.conversations.get(id)?.last_seq ?? 0
    const empty = (state.timelines.get(id)?.messages.length ?? 0) === 0
    this.#store.update((now) => ({ ...withoutWindow(empty ? withHistory(now, id, 'loading') : now, id), found: undefined }))
    if (!empty) return
    try {
      const page = await this.#page(id, { before_seq: last + 1, limit: pageSize })
      this.#store.update((now) => withOlder(now, id, page, page.length === 0))
    } catch {
      this.#store.update((now) => withHistory(now, id, 'failed'))
    }
  }

  /** The conversation is not looked at any more. */
  leaveWindow(id: string): void {
    this.#store.update((now) => {
      const found = now.found?.conversationId === id ? undefined : now.found
      return withoutWindow(found === now.found ? now : { ...now, found }, id)
    })
  }

  async #page(id: string, query: { before_seq?: number; after_seq?: number; around_seq?: number; limit: number }): Promise<Message[]> {
    const params = { path: { conversation_id: id }, query }
    return (await unwrap(this.#api.GET('/api/conversations/{conversation_id}/messages', { params }))).items
  }
}
