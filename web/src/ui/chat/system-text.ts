import type { TFunction } from 'i18next'
import type { Message, SystemEvent } from '../../protocol/contract'

export interface Naming {
  t: TFunction
  language: string
  me: string
  nameOf: (userId: string) => string
}

export function eventOf(message: Message): Partial<SystemEvent> {
  return message.event ?? {}
}

/** Whose names are in it. */
export function peopleIn(message: Message): string[] {
  const { actor_id, user_ids = [] } = eventOf(message)
  return actor_id === undefined ? user_ids : [actor_id, ...user_ids]
}

/** What a notice tells, in the reader's language and from the reader's point of view; as it came if it is of a newer server. */
export function systemText(message: Message, naming: Naming): string {
  const { kind, actor_id: actor, user_ids: targets = [], role, name, visible } = eventOf(message)
  const { t, me, nameOf } = naming
  const who = actor === undefined ? '' : nameOf(actor)
  const by = actor === me ? 'byMe' : 'by'
  const toMe = targets.length === 1 && targets[0] === me
  const whom = list(naming, targets)
  const told = (what: 'added' | 'removed' | 'admin' | 'member' | 'owner') =>
    toMe && by === 'by' ? t(`event.${what}.me`, { who }) : t(`event.${what}.${by}`, { who, whom })
  switch (kind) {
    case 'group.created':
      return t(`event.created.${by}`, { who, name: name ?? '' })
    case 'member.added':
      return told('added')
    case 'member.removed':
      return told('removed')
    case 'member.joined':
      return t(`event.joined.${by}`, { who })
    case 'member.left':
      return t(`event.left.${by}`, { who })
    case 'member.role':
      return told(role === 'admin' ? 'admin' : 'member')
    case 'owner.changed':
      return told('owner')
    case 'conversation.renamed':
      return t(`event.renamed.${by}`, { who, name: name ?? '' })
    case 'conversation.described':
      return t(`event.described.${by}`, { who })
    case 'conversation.avatar':
      return t(`event.avatar.${by}`, { who })
    case 'conversation.history':
      return t(visible === true ? `event.shown.${by}` : `event.hidden.${by}`, { who })
    default:
      return message.content
  }
}

function list({ t, language, me, nameOf }: Naming, ids: readonly string[]): string {
  const names = ids.map((id) => (id === me ? t('people.you') : nameOf(id)))
  return new Intl.ListFormat(language, { type: 'conjunction' }).format(names)
}
