import { useChatState } from '../shell/services'

/** The seq of the newest change of a group that is held here: who comes and goes is told in the log. */
export function useLatestNotice(id: string): number | undefined {
  return useChatState((state) => state.timelines.get(id)?.messages.findLast(({ type }) => type === 'system')?.seq)
}
