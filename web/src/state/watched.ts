import type { ChatState } from './model'

/** Whose presence is worth knowing: the person one talks with, then those of the list by activity. */
export function* watchedPeople(state: ChatState, opened: string | undefined): Generator<string> {
  const first = opened === undefined ? undefined : state.conversations.get(opened)
  const rest = [...state.conversations.values()].sort((a, b) => (a.updated_at < b.updated_at ? 1 : -1))
  for (const { peer } of first === undefined ? rest : [first, ...rest]) {
    if (peer !== undefined && peer.deleted !== true) yield peer.id
  }
}
