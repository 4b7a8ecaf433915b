import { useTranslation } from 'react-i18next'
import type { Conversation } from '../../protocol/contract'
import { useChatState } from '../shell/services'
import { useNames } from '../shell/use-people'

const nobody: readonly string[] = []

/** "Ann is writing…", "Ann and 2 others are writing…"; undefined while nobody is. Of a direct conversation no name is needed. */
export function useTypingText({ id, kind }: Conversation): string | undefined {
  const { t } = useTranslation()
  const people = useChatState((state) => state.typing.get(id)) ?? nobody
  const nameOf = useNames(people.slice(0, 2))
  const [first, second] = people
  if (first === undefined) return undefined
  if (kind === 'direct') return t('typing.direct')
  if (second === undefined) return t('typing.one', { name: nameOf(first) })
  if (people.length === 2) return t('typing.two', { name: nameOf(first), other: nameOf(second) })
  return t('typing.many', { name: nameOf(first), count: people.length - 1 })
}
