import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { findRoutes } from './find'
import { groupRoutes } from './groups-http'
import type { Groups } from './groups'
import type { Tokens } from './tokens'
import { Refusal, type World } from './world'

const policy = [
  "default-src 'self'", "connect-src 'self'", "img-src 'self' https: data:", "style-src 'self'", "script-src 'self'",
  "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'",
].join('; ')

const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }

export interface Call {
  method: string
  url: URL
  me: () => string
  access: string | undefined
  body: <T>() => Promise<T>
  cookie: string | undefined
  response: ServerResponse
}

/** The REST half of the contract as the client uses it, and the built client with the server's CSP. */
export function handler(world: World, groups: Groups, tokens: Tokens, dist: string) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (!url.pathname.startsWith('/api/')) return serveFile(dist, url.pathname, response)
    const call: Call = {
      method: request.method ?? 'GET',
      url,
      response,
      me: () => tokens.userOf(request.headers.authorization?.replace('Bearer ', '')),
      access: request.headers.authorization?.replace('Bearer ', ''),
      body: async <T>() => JSON.parse(await text(request)) as T,
      cookie: /uim_refresh=([^;]+)/.exec(request.headers.cookie ?? '')?.[1],
    }
    try {
      const done = (status: number, body?: unknown) => json(response, status, body)
      if (await groupRoutes(groups, call, done)) return
      if (findRoutes(world, call, done)) return
      await answer(world, tokens, call)
    } catch (reason) {
      const refusal = reason instanceof Refusal ? reason : new Refusal(500, 'internal')
      json(response, refusal.status, { type: 'about:blank', title: refusal.code, status: refusal.status, detail: refusal.code,
        instance: url.pathname, code: refusal.code, request_id: 'r', errors: refusal.errors, retry_after_ms: refusal.retryAfter })
    }
  }
}

async function answer(world: World, tokens: Tokens, call: Call): Promise<void> {
  const { url, response } = call
  const [, , area, id, part] = url.pathname.split('/')
  const grant = (status: number, userId: string) => {
    const { access, refresh } = tokens.issue(userId)
    response.setHeader('Set-Cookie', `uim_refresh=${refresh}; HttpOnly; SameSite=Strict; Path=/api/auth`)
    json(response, status, { user: world.people.get(userId)?.self, access_token: access, expires_in: tokens.lifetime })
  }
  if (await account(world, tokens, call, area, id)) return
  switch (`${call.method} ${area ?? ''}/${area === 'auth' ? (id ?? '') : id === undefined ? '' : ':id'}${part === undefined ? '' : `/${part}`}`) {
    case 'POST auth/register': {
      const body = await call.body<{ username: string; password: string; display_name?: string }>()
      return grant(201, world.register(body.username, body.password, body.display_name).id)
    }
    case 'POST auth/login': {
      const body = await call.body<{ username: string; password: string }>()
      return grant(200, world.login(body.username, body.password).id)
    }
    case 'POST auth/refresh':
      return grant(200, tokens.trade(call.cookie))
    case 'POST auth/logout':
      tokens.end(call.me())
      response.setHeader('Set-Cookie', 'uim_refresh=; Max-Age=0; Path=/api/auth')
      return json(response, 204, undefined)
    case 'GET users/':
      call.me()
      return json(response, 200, { items: world.search(url.searchParams.get('q') ?? ''), next_cursor: null })
    case 'GET users/:id':
      call.me()
      return json(response, 200, world.user(id ?? ''))
    case 'GET conversations/':
      return json(response, 200, { items: world.list(call.me(), url.searchParams.get('q') ?? ''), next_cursor: null })
    case 'POST conversations/': {
      const { user_id } = await call.body<{ user_id: string }>()
      const { conversation, created } = world.open(call.me(), user_id)
      return json(response, created ? 201 : 200, conversation)
    }
    case 'GET conversations/:id':
      return json(response, 200, world.view(call.me(), id ?? ''))
    case 'GET conversations/:id/messages': {
      const number = (name: string) => (url.searchParams.has(name) ? Number(url.searchParams.get(name)) : undefined)
      const place = { before: number('before_seq'), after: number('after_seq'), around: number('around_seq') }
      const items = world.history(call.me(), id ?? '', place, number('limit') ?? 50)
      return json(response, 200, { items, next_cursor: null })
    }
    case 'POST conversations/:id/messages': {
      const body = await call.body<{ client_msg_id: string; content: string }>()
      const ack = world.send(call.me(), id ?? '', body.client_msg_id, body.content)
      return json(response, ack.duplicate ? 200 : 201, ack)
    }
    case 'PUT conversations/:id/settings':
      return json(response, 200, world.set(call.me(), id ?? '', await call.body()))
    case 'POST conversations/:id/read': {
      const { seq } = await call.body<{ seq: number }>()
      world.move(call.me(), id ?? '', 'read', seq)
      return json(response, 204, undefined)
    }
    default:
      throw new Refusal(404, 'not_found')
  }
}

/** The routes about oneself. Reports whether the call was one of them. */
async function account(world: World, tokens: Tokens, call: Call, area: string | undefined, id: string | undefined): Promise<boolean> {
  const { response } = call
  const done = (body?: unknown) => {
    json(response, body === undefined ? 204 : 200, body)
    return true
  }
  switch (`${call.method} ${area ?? ''}${area === 'auth' || area === 'me' ? `/${id ?? ''}` : ''}`) {
    case 'PATCH me/':
      return done(world.change(call.me(), await call.body()))
    case 'PUT me/password': {
      const { current_password, new_password } = await call.body<{ current_password: string; new_password: string }>()
      world.changePassword(call.me(), current_password, new_password)
      return done()
    }
    case 'DELETE me/': {
      world.remove(call.me(), (await call.body<{ password: string }>()).password)
      tokens.end(call.me())
      return done()
    }
    case 'GET auth/sessions':
      return done({ items: tokens.sessions(call.access), next_cursor: null })
    case 'DELETE auth/sessions':
      tokens.revoke(call.url.pathname.split('/')[4] ?? '')
      return done()
    case 'GET blocks':
      return done({ items: [...(world.blocks.get(call.me()) ?? [])].map((one) => world.user(one)), next_cursor: null })
    case 'PUT blocks':
    case 'DELETE blocks':
      world.block(call.me(), id ?? '', call.method === 'PUT')
      return done()
    default:
      return false
  }
}

async function serveFile(dist: string, path: string, response: ServerResponse): Promise<void> {
  // As the server does: the client's page for every address that is not a file's.
  const file = extname(path) === '' ? '/index.html' : normalize(path)
  try {
    const content = await readFile(join(dist, file))
    response.writeHead(200, { 'Content-Type': types[extname(file)] ?? 'text/plain', 'Content-Security-Policy': policy })
    response.end(content)
  } catch {
    response.writeHead(404)
    response.end()
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json', 'Cache-Control': 'no-store' })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
