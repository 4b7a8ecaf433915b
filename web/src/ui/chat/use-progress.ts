import { useEffect, useMemo } from 'react'
import type { Conversation } from '../../protocol/contract'
import { reachedByAll, type Reached } from '../../state/progress'
import { useChat, useChatState } from '../shell/services'

/** How far everybody has received and read in the group on the screen; undefined while unknown, and in large groups. */
export function useProgress({ id, kind }: Conversation): Reached | undefined {
  const chat = useChat()
  const group = kind === 'group'
  const live = useChatState(({ connection }) => connection.name === 'live')
  // Who comes and goes is told in the log.
  const notice = useChatState((state) => state.timelines.get(id)?.messages.findLast(({ type }) => type === 'system')?.seq)
  const progress = useChatState((state) => state.progress.get(id))
  useEffect(() => {
    if (group && live) void chat.learnProgress(id).catch(() => undefined)
  }, [chat, group, id, live, notice])
  useEffect(() => () => chat.forgetProgress(id), [chat, id])
  return useMemo(() => reachedByAll(progress), [progress])
}
