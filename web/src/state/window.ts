import type { Message } from '../protocol/contract'
import { emptyTimeline, type ChatState, type Window } from './model'

/** More than this is let go of at the end one moves away from. */
const bound = 400

/** Looks at these messages; where they meet what is held anyway, they become part of it. */
export function withWindow(state: ChatState, id: string, messages: readonly Message[]): ChatState {
  return joined(put(state, id, { messages, complete: messages[0]?.seq === 1, history: 'idle', future: 'idle' }), id)
}

export function withoutWindow(state: ChatState, id: string): ChatState {
  if (!state.windows.has(id)) return state
  const windows = new Map(state.windows)
  windows.delete(id)
  return { ...state, windows }
}

export function withWindowOlder(state: ChatState, id: string, page: readonly Message[], exhausted: boolean): ChatState {
  const window = state.windows.get(id)
  const first = window?.messages[0]
  if (window === undefined || first === undefined) return state
  const older = page.filter(({ seq }) => seq < first.seq)
  const fits = older.length === 0 || older.at(-1)?.seq === first.seq - 1
  const messages = fits ? [...older, ...window.messages].slice(0, bound) : window.messages
  return put(state, id, { ...window, messages, complete: exhausted || messages[0]?.seq === 1, history: 'idle' })
}

export function withWindowNewer(state: ChatState, id: string, page: readonly Message[]): ChatState {
  const window = state.windows.get(id)
  const last = window?.messages.at(-1)
  if (window === undefined || last === undefined) return state
  const newer = page.filter(({ seq }) => seq > last.seq)
  const all = newer.length === 0 || newer[0]?.seq === last.seq + 1 ? [...window.messages, ...newer] : window.messages
  const complete = window.complete && all.length <= bound
  return joined(put(state, id, { ...window, messages: all.slice(-bound), complete, future: 'idle' }), id)
}

export function withWindowPhase(state: ChatState, id: string, phase: Partial<Pick<Window, 'history' | 'future'>>): ChatState {
  const window = state.windows.get(id)
  return window === undefined ? state : put(state, id, { ...window, ...phase })
}

/** A window that has reached the held messages is one stretch with them. */
function joined(state: ChatState, id: string): ChatState {
  const window = state.windows.get(id)
  const timeline = state.timelines.get(id) ?? emptyTimeline
  const end = window?.messages.at(-1)?.seq ?? 0
  const first = timeline.messages[0]?.seq
  const reached = first === undefined ? end >= (state.conversations.get(id)?.last_seq ?? 0) : end >= first - 1
  if (window === undefined || !reached) return state
  const rest = timeline.messages.filter(({ seq }) => seq > end)
  const from = window.messages[0]?.seq ?? 0
  const older = timeline.messages.filter(({ seq }) => seq < from)
  const messages = [...older, ...window.messages, ...rest]
  const complete = timeline.complete || (older.length === 0 && window.complete)
  const timelines = new Map(state.timelines).set(id, { messages, complete, history: 'idle' as const })
  return withoutWindow({ ...state, timelines }, id)
}

function put(state: ChatState, id: string, window: Window): ChatState {
  return { ...state, windows: new Map(state.windows).set(id, window) }
}
