import type { Groups } from './groups'
import type { Call } from './http'
import type { Role } from './world'

type Done = (status: number, body?: unknown) => void

/** The routes of groups. Reports whether the call was one of them. */
export async function groupRoutes(groups: Groups, call: Call, done: Done): Promise<boolean> {
  const [, , area, id = '', part, sub] = call.url.pathname.split('/')
  if (area === 'invitations') {
    if (call.method === 'GET') done(200, groups.preview(call.me(), id))
    else done(200, groups.accept(call.me(), id))
    return true
  }
  if (area !== 'conversations' || id === '') return false
  switch (`${call.method} ${id === 'group' ? 'group' : (part ?? '')}${sub === undefined ? '' : '/:id'}`) {
    case 'POST group':
      done(201, groups.create(call.me(), await call.body()))
      return true
    case 'PUT ':
      done(200, groups.update(call.me(), id, await call.body()))
      return true
    case 'DELETE ':
      groups.delete(call.me(), id)
      done(204)
      return true
    case 'GET members': {
      const from = Number(call.url.searchParams.get('cursor') ?? 0)
      const limit = Number(call.url.searchParams.get('limit') ?? 50)
      const found = groups.members(call.me(), id, call.url.searchParams.get('q') ?? '')
      done(200, { items: found.slice(from, from + limit), next_cursor: from + limit < found.length ? String(from + limit) : null })
      return true
    }
    case 'POST members':
      done(200, { items: groups.add(call.me(), id, (await call.body<{ user_ids: string[] }>()).user_ids), next_cursor: null })
      return true
    case 'PATCH members/:id':
      done(200, groups.setRole(call.me(), id, sub ?? '', (await call.body<{ role: Role }>()).role))
      return true
    case 'DELETE members/:id':
      groups.remove(call.me(), id, sub ?? '')
      done(204)
      return true
    case 'POST owner':
      done(200, groups.transfer(call.me(), id, (await call.body<{ user_id: string }>()).user_id))
      return true
    case 'GET invitations':
      done(200, { items: groups.invited(call.me(), id), next_cursor: null })
      return true
    case 'POST invitations':
      done(201, groups.invite(call.me(), id, await call.body()))
      return true
    case 'DELETE invitations/:id':
      groups.revoke(call.me(), id, sub ?? '')
      done(204)
      return true
    default:
      return false
  }
}
