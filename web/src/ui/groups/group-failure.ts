import type { TFunction } from 'i18next'
import { ApiError } from '../../api/api-error'
import type { User } from '../../protocol/contract'
import { failureText } from '../shell/failure-text'
import { personName } from '../shell/use-people'

const reasons = { blocked: 'group.cannotAdd', already_member: 'group.areMembers', not_found: 'group.areGone' } as const

/** What to tell when people were not added: who they are, where the server says it by their place in the list. */
export function addingFailure(t: TFunction, language: string, reason: unknown, people: readonly User[]): string {
  const { fields, code } = ApiError.from(reason)
  const named = fields.flatMap(({ field, code: why }) => {
    const user = people[Number(/\[(\d+)\]$/.exec(field)?.[1] ?? NaN)]
    return user === undefined ? [] : [{ user, why }]
  })
  const first = named[0]
  const text = reasons[(first?.why ?? code) as keyof typeof reasons] as (typeof reasons)[keyof typeof reasons] | undefined
  if (first === undefined || text === undefined) return failureText(t, reason)
  const names = named.filter(({ why }) => why === first.why).map(({ user }) => personName(user))
  return t(text, { names: new Intl.ListFormat(language).format(names) })
}
