import { useEffect, useMemo } from 'react'
import type { Conversation } from '../../protocol/contract'
import { reachedByAll } from '../../state/progress'
import { useLatestNotice } from '../groups/use-latest-notice'
import { useChat, useChatState } from '../shell/services'
import type { Reached } from '../../state/model'

/** How far everybody has received and read in the group on the screen; undefined while unknown, and in large groups. */
export function useProgress({ id, kind }: Conversation): Reached | undefined {
  const chat = useChat()
  const group = kind === 'group'
  const live = useChatState(({ connection }) => connection.name === 'live')
  const notice = useLatestNotice(id)
  // Two numbers, which seldom change: not every receipt draws the log anew.
  const delivered = useChatState((state) => reachedByAll(state.progress.get(id))?.delivered)
  const read = useChatState((state) => reachedByAll(state.progress.get(id))?.read)
  useEffect(() => {
    if (group && live) void chat.learnProgress(id).catch(() => undefined)
  }, [chat, group, id, live, notice])
  useEffect(() => () => chat.forgetProgress(id), [chat, id])
  return useMemo(() => (delivered === undefined || read === undefined ? undefined : { delivered, read }), [delivered, read])
}
