import type { ConnectionState } from '../protocol/connection'
import type { Conversation, Message, Presence, User } from '../protocol/contract'
import type { Pending } from '../protocol/outbox'
import type { TypingPeople } from '../protocol/typing'

/** The messages of a conversation that are held: a stretch without gaps, ascending, that ends with the newest. */
export interface Timeline {
  messages: readonly Message[]
  /** Nothing is older than what is held. */
  complete: boolean
  history: 'idle' | 'loading' | 'failed'
}

/** A stretch of a conversation far from its end that one looks at, while the newest messages go on being held apart. */
export interface Window extends Timeline {
  future: 'idle' | 'loading' | 'failed'
}

export interface Found {
  conversationId: string
  seq: number
}

/** How far somebody has received and read; what is read has been received. */
export interface Reached {
  delivered: number
  read: number
}

/** How far the others in a group are, by user. */
export interface Progress {
  others: ReadonlyMap<string, Reached>
  /** Everybody is in it; until then it tells nothing of the group. */
  complete: boolean
}

export interface ChatState {
  connection: ConnectionState
  contentLimit: number
  /** People in a group, at most. */
  groupLimit: number
  list: 'loading' | 'ready' | 'failed'
  conversations: ReadonlyMap<string, Conversation>
  timelines: ReadonlyMap<string, Timeline>
  /** Where one looks at an older stretch instead of the newest messages. */
  windows: ReadonlyMap<string, Window>
  /** The message that was jumped to; a new object each time. */
  found: Found | undefined
  /** What is on its way, by conversation, in the order of writing. */
  pending: ReadonlyMap<string, readonly Pending[]>
  drafts: ReadonlyMap<string, string>
  /** Who is not in it is unknown. */
  presence: ReadonlyMap<string, Presence>
  typing: TypingPeople
  /** Of the groups on the screen: who has received and read how much. */
  progress: ReadonlyMap<string, Progress>
  /** Names and faces of those on the screen; see People. */
  people: ReadonlyMap<string, User>
  /** What the conversations were called that ended for this person while the page was open. */
  left: ReadonlyMap<string, string>
  /** The people this person has blocked; undefined until that is known. */
  blocked: ReadonlySet<string> | undefined
  /** The rate limit holds texts back until then, milliseconds since 1970. */
  heldBackUntil: number | undefined
}

export const initialState: ChatState = {
  connection: { name: 'stopped', reason: undefined },
  contentLimit: 10_000,
  groupLimit: 500,
  list: 'loading',
  conversations: new Map(),
  timelines: new Map(),
  windows: new Map(),
  found: undefined,
  pending: new Map(),
  drafts: new Map(),
  presence: new Map(),
  typing: new Map(),
  progress: new Map(),
  people: new Map(),
  left: new Map(),
  blocked: undefined,
  heldBackUntil: undefined,
}

export const emptyTimeline: Timeline = { messages: [], complete: false, history: 'idle' }
