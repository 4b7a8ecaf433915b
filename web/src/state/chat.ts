import { unwrap, type Api } from '../api/http'
import { ApiError } from '../api/api-error'
import { ChatClient, type ChatEvents } from '../protocol/client'
import type { Cancel, Clock } from '../protocol/clock'
import type { Conversation, ConversationSettings, Member, Self, User } from '../protocol/contract'
import type { OpenSocket } from '../protocol/socket'
import type { TokenSource } from '../protocol/tokens'
import type { OutboxStore } from '../protocol/outbox-store'
import {
  covers,
  withBlocked,
  withAppended,
  withConversations,
  withDraft,
  withoutConversations,
  withPending,
  withRead,
  withReceipt,
  withRestarted,
  withSettings,
  withTrimmed,
} from './chat-state'
import type { Drafts } from './drafts'
import { History } from './history'
import { initialState, type ChatState } from './model'
import { People } from './people'
import { withMembers, withoutProgress, withProgress } from './progress'
import { watchedPeople } from './watched'
import { Store } from './store'

export interface ChatOptions {
  user: Self
  api: Api
  tokens: TokenSource
  clock: Clock
  random: () => number
  newId: () => string
  openSocket: OpenSocket
  outbox: OutboxStore
  drafts: Drafts
}

/** The server is asked for counts that cannot be had from what is held here, once reading has come to rest. */
const recountAfter = 1_500
/**
 * Nobody keeps track of how far everybody is in larger groups. In those with more connections than this to one server
 * no receipts come by themselves: there it is learned when the group is opened, and when somebody comes or goes.
 */
const trackedMembers = 100
/** What stays in memory, and on the screen, of a conversation that nobody scrolls back in. */
const kept = 200

/** One signed-in person's chat as the screens see it: a store to read, and what can be done. */
export class Chat {
  readonly store = new Store<ChatState>(initialState)
  readonly client: ChatClient
  readonly history: History
  readonly people: People
  readonly user: Self
  #options: ChatOptions
  /** The conversation on the screen. */
  #opened: string | undefined
  #recounts = new Map<string, Cancel>()

  constructor(options: ChatOptions) {
    this.#options = options
    this.user = options.user
    this.history = new History(options.api, this.store)
    this.people = new People({
      now: () => options.clock.now(),
      fetch: (id) => orNothing(unwrap(this.api.GET('/api/users/{user_id}', { params: { path: { user_id: id } } }))),
      changed: (people) => this.store.update((state) => ({ ...state, people })),
    })
    this.client = new ChatClient({
      ...options,
      userId: options.user.id,
      watched: () => watchedPeople(this.store.get(), this.#opened),
      events: this.#events(),
      rest: {
        messagesAfter: async (id, seq) => {
          const query = { after_seq: seq, limit: 100 }
          const path = { conversation_id: id }
          return (await unwrap(this.api.GET('/api/conversations/{conversation_id}/messages', { params: { path, query } }))).items
        },
        conversation: (id) => this.#conversation(id),
      },
    })
  }

  get api(): Api {
    return this.#options.api
  }

  /** Loads the list and then goes live. Rejects when the list cannot be had; may then be called again. */
  async start(): Promise<void> {
    this.store.update((state) => ({ ...state, list: 'loading' }))
    try {
      const conversations = await this.#list()
      await this.#restoreDrafts()
      await this.client.start(conversations)
      this.store.update((state) => ({ ...state, list: 'ready' }))
    } catch (reason) {
      this.store.update((state) => ({ ...state, list: 'failed' }))
      throw reason
    }
  }

  stop(): void {
    this.client.stop()
    for (const cancel of this.#recounts.values()) cancel()
  }

  /** Tells which conversation is on the screen. */
  look(id: string | undefined): void {
    if (this.#opened !== undefined && this.#opened !== id) this.history.leaveWindow(this.#opened)
    this.#opened = id
    this.client.watchedChanged()
  }

  trim(id: string): void {
    this.store.update((state) => withTrimmed(state, id, kept))
  }

  async openDirect(userId: string): Promise<string> {
    const conversation = await unwrap(this.api.POST('/api/conversations', { body: { user_id: userId } }))
    this.client.adopt([conversation])
    return conversation.id
  }

  async send(id: string, text: string): Promise<void> {
    this.setDraft(id, '')
    await this.client.send(id, text)
  }

  read(id: string, seq: number): void {
    const conversation = this.store.get().conversations.get(id)
    if (conversation === undefined || seq <= conversation.my_read_seq) return
    this.store.update((state) => withRead(state, this.user.id, id, seq))
    this.client.markRead(id, seq)
    if (seq < conversation.last_seq && !covers(this.store.get().timelines.get(id)?.messages ?? [], seq)) this.#recountLater(id)
  }

  /** Shown at once, and taken back when the server does not take it. */
  async changeSettings(id: string, change: Partial<ConversationSettings>): Promise<void> {
    const before = this.store.get().conversations.get(id)?.settings
    if (before === undefined) return
    const wanted = { ...before, ...change }
    this.store.update((state) => withSettings(state, id, wanted))
    try {
      const call = this.api.PUT('/api/conversations/{conversation_id}/settings', { params: { path: { conversation_id: id } }, body: wanted })
      this.client.adopt([await unwrap(call)])
    } catch (reason) {
      // Unless something newer has come in the meantime.
      this.store.update((state) => (state.conversations.get(id)?.settings === wanted ? withSettings(state, id, before) : state))
      throw reason
    }
  }

  async loadBlocked(): Promise<User[]> {
    const people: User[] = []
    let cursor: string | undefined
    do {
      const query = cursor === undefined ? { limit: 100 } : { limit: 100, cursor }
      const page = await unwrap(this.api.GET('/api/blocks', { params: { query } }))
      people.push(...page.items)
      cursor = page.next_cursor ?? undefined
    } while (cursor !== undefined)
    this.store.update((state) => ({ ...state, blocked: new Set(people.map(({ id }) => id)) }))
    return people
  }

  async setBlocked(userId: string, blocked: boolean): Promise<void> {
    const params = { path: { user_id: userId } }
    await unwrap(blocked ? this.api.PUT('/api/blocks/{user_id}', { params }) : this.api.DELETE('/api/blocks/{user_id}', { params }))
    this.store.update((state) => withBlocked(state, userId, blocked))
  }

  /** Members bring their names along. */
  learnMembers(members: Member[]): void {
    this.people.learn(members.map(({ user_id: id, joined_at: created_at, ...member }) => ({ ...member, id, created_at })))
  }

  /** Finds out how far everybody in a group is, and follows it until it is forgotten. */
  async learnProgress(id: string): Promise<void> {
    const count = this.store.get().conversations.get(id)?.member_count ?? Infinity
    if (count > trackedMembers) {
      this.forgetProgress(id)
      return
    }
    this.store.update((state) => withProgress(state, id))
    const params = { path: { conversation_id: id }, query: { limit: trackedMembers } }
    const page = await unwrap(this.api.GET('/api/conversations/{conversation_id}/members', { params }))
    this.learnMembers(page.items)
    if (page.next_cursor === null) this.store.update((state) => withMembers(state, this.user.id, id, page.items))
  }

  forgetProgress(id: string): void {
    this.store.update((state) => withoutProgress(state, id))
  }

  /** The person writes, or has taken it back. */
  writing(id: string, on: boolean): void {
    this.client.writing(id, on)
  }

  setDraft(id: string, text: string): void {
    if ((this.store.get().drafts.get(id) ?? '') === text) return
    this.store.update((state) => withDraft(state, id, text))
    void this.#options.drafts.keep(id, text).catch(() => undefined)
  }

  async #list(): Promise<Conversation[]> {
    const query = { limit: 100 }
    const { items } = await unwrap(this.api.GET('/api/conversations', { params: { query } }))
    return items
  }

  async #conversation(id: string): Promise<Conversation | undefined> {
    return orNothing(unwrap(this.api.GET('/api/conversations/{conversation_id}', { params: { path: { conversation_id: id } } })))
  }

  #recountLater(id: string): void {
    this.#recounts.get(id)?.()
    const recount = async () => {
      this.#recounts.delete(id)
      const conversation = await this.#conversation(id)
      if (conversation !== undefined) this.client.adopt([conversation])
    }
    // Without an answer the count stays what it was, until the next one.
    this.#recounts.set(id, this.#options.clock.after(recountAfter, () => void recount().catch(() => undefined)))
  }

  async #restoreDrafts(): Promise<void> {
    const drafts = await this.#options.drafts.load().catch(() => new Map<string, string>())
    this.store.update((state) => ({ ...state, drafts }))
  }

  #events(): ChatEvents {
    const { store } = this
    const me = this.#options.user.id
    return {
      connection: (connection) => {
        store.update((state) => ({ ...state, connection }))
        if (connection.name === 'live' && store.get().blocked === undefined) void this.loadBlocked().catch(() => undefined)
      },
      limits: (limits) => store.update((state) => ({ ...state, contentLimit: limits.content_code_points, groupLimit: limits.group_members })),
      conversations: (list) => {
        store.update((state) => withConversations(state, list))
        this.people.learn(list.flatMap(({ peer }) => peer ?? []))
        this.client.watchedChanged()
      },
      removed: (ids) => {
        store.update((state) => withoutConversations(state, ids))
        for (const id of ids) this.setDraft(id, '')
      },
      append: (id, messages) => store.update((state) => withAppended(state, me, id, messages)),
      restart: (id, messages) => store.update((state) => withRestarted(state, me, id, messages)),
      receipt: (receipt) => store.update((state) => withReceipt(state, me, receipt)),
      pending: (pending) => store.update((state) => withPending(state, pending)),
      heldBack: (heldBackUntil) => store.update((state) => ({ ...state, heldBackUntil })),
      typing: (typing) => store.update((state) => ({ ...state, typing })),
      presence: (presence) => store.update((state) => ({ ...state, presence })),
    }
  }
}

async function orNothing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (reason) {
    if (ApiError.from(reason).code === 'not_found') return undefined
    throw reason
  }
}
