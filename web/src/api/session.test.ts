import { describe, expect, test } from 'vitest'
import { FakeClock, settle } from '../../test/kit/clock'
import type { Self } from '../protocol/contract'
import { SignedOut } from '../protocol/tokens'
import { createPublicApi } from './http'
import { Session } from './session'
import type { TabMessage, Tabs } from './tabs'

const person = (id: string): Self => ({
  id,
  username: id,
  display_name: id,
  created_at: '2026-01-01T00:00:00.000Z',
  privacy: { read_receipts: true, typing: true, last_seen: true },
})

/** The browser's cookie jar and the server's side of it: each refresh token works once. */
class FakeServer {
  cookie: string | undefined
  user = person('ada')
  calls: string[] = []
  failure: (() => Response) | undefined
  #valid: string | undefined
  #count = 0

  readonly answer = (request: Request): Promise<Response> => {
    const path = new URL(request.url).pathname.replace('/api/auth/', '')
    this.calls.push(path)
    if (this.failure !== undefined) return Promise.resolve(this.failure())
    if (path === 'logout') return Promise.resolve(new Response(null, { status: 204 }))
    if (path === 'refresh' && (this.cookie === undefined || this.cookie !== this.#valid)) {
      return Promise.resolve(problem(401, this.cookie === undefined ? 'unauthenticated' : 'refresh_reused'))
    }
    this.#count++
    this.cookie = this.#valid = `refresh-${this.#count}`
    const body = { user: this.user, access_token: `access-${this.#count}`, expires_in: 900 }
    return Promise.resolve(Response.json(body, { status: path === 'register' ? 201 : 200 }))
  }

  revoke(): void {
    this.#valid = undefined
  }
}

function problem(status: number, code: string): Response {
  return Response.json({ code, title: code, detail: code, status, type: '', instance: '', request_id: '' }, { status })
}

/** Tabs of one browser. */
class FakeTabs {
  #heard: ((message: TabMessage) => void)[] = []
  #turn: Promise<unknown> = Promise.resolve()

  open(): Tabs {
    let own: ((message: TabMessage) => void) | undefined
    return {
      tell: (message) => this.#heard.filter((heard) => heard !== own).forEach((heard) => heard(message)),
      listen: (heard) => {
        own = heard
        this.#heard.push(heard)
      },
      alone: <T>(work: () => Promise<T>) => {
        const turn = this.#turn.catch(() => undefined).then(work)
        this.#turn = turn
        return turn
      },
    }
  }
}

function setUp(signedIn = false, server = new FakeServer(), tabs = new FakeTabs()) {
  const clock = new FakeClock()
  const memory = { signedIn }
  const session = new Session({
    api: createPublicApi('http://localhost', server.answer),
    tabs: tabs.open(),
    clock,
    random: () => 0.5,
    memory: { get: () => memory.signedIn, set: (value) => (memory.signedIn = value) },
  })
  return { server, tabs, clock, session, memory }
}

/** Real promises of fetch's body readers take a few turns of the event loop. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('a session', () => {
  test('asks nothing of the server in a browser that never signed in', async () => {
    const { session, server } = setUp()
    session.start()
    await quiet()
    expect(session.state).toEqual({ name: 'signed_out', notice: undefined })
    expect(server.calls).toEqual([])
  })

  test('comes back by the cookie at the next visit', async () => {
    const { session: before, server } = setUp()
    await before.login('ada', 'secret')
    const { session } = setUp(true, server)
    session.start()
    await quiet()
    expect(session.state).toMatchObject({ name: 'signed_in', user: { id: 'ada' } })
    expect(await session.token()).toBe('access-2')
  })

  test('keeps trying while the server gives no answer, and says so', async () => {
    const { session: before, server } = setUp()
    await before.login('ada', 'secret')
    const { session, clock } = setUp(true, server)
    server.failure = () => problem(503, 'unavailable')
    session.start()
    await quiet()
    expect(session.state).toEqual({ name: 'starting', unreachable: true })
    server.failure = undefined
    await clock.advance(1000)
    await quiet()
    expect(session.state.name).toBe('signed_in')
  })

  test('tells a changed profile and the end of the account to the other tabs', async () => {
    const { session, server, tabs } = setUp()
    const other = setUp(false, server, tabs).session
    await session.login('ada', 'secret')
    session.adoptUser({ ...person('ada'), display_name: 'Ada King' })
    for (const tab of [session, other]) expect(tab.state).toMatchObject({ name: 'signed_in', user: { display_name: 'Ada King' } })
    expect(await other.token()).toBe('access-1')
    session.closed()
    expect(session.state).toEqual({ name: 'signed_out', notice: 'account_closed' })
    expect(other.state.name).toBe('signed_out')
  })

  test('ends when the cookie is not worth anything any more', async () => {
    const { session, memory } = setUp(true)
    session.start()
    await quiet()
    expect(session.state).toEqual({ name: 'signed_out', notice: undefined })
    expect(memory.signedIn).toBe(false)
  })

  test('renews its token before the end of the old one, and tells', async () => {
    const { session, clock } = setUp()
    const tokens: string[] = []
    session.onToken((token) => tokens.push(token))
    await session.login('ada', 'secret')
    await clock.advance(839_000)
    expect(await session.token()).toBe('access-1')
    await clock.advance(2_000)
    await quiet()
    expect(tokens).toEqual(['access-2'])
  })

  test('asks once, however many ask it at once', async () => {
    const { session, server } = setUp()
    await session.login('ada', 'secret')
    const tokens = await Promise.all([session.renew(), session.renew(), session.renew()])
    expect(new Set(tokens)).toEqual(new Set(['access-2']))
    expect(server.calls).toEqual(['login', 'refresh'])
  })

  test('says that it was ended when the server refuses it in the middle', async () => {
    const { session, server } = setUp()
    await session.login('ada', 'secret')
    server.revoke()
    await expect(session.renew()).rejects.toBeInstanceOf(SignedOut)
    expect(session.state).toEqual({ name: 'signed_out', notice: 'session_revoked' })
  })

  test('outlives a refresh that fails for other reasons', async () => {
    const { session, server } = setUp()
    await session.login('ada', 'secret')
    server.failure = () => new Response('<h1>Bad gateway</h1>', { status: 502 })
    await expect(session.renew()).rejects.toMatchObject({ code: 'unavailable' })
    expect(session.state.name).toBe('signed_in')
  })

  test('is not ended by a logout that the server never heard of', async () => {
    const { session, server } = setUp()
    await session.login('ada', 'secret')
    server.failure = () => problem(503, 'unavailable')
    await expect(session.logout()).rejects.toMatchObject({ code: 'unavailable' })
    expect(session.state.name).toBe('signed_in')
    server.failure = undefined
    await session.logout()
    expect(session.state.name).toBe('signed_out')
  })
})

describe('tabs', () => {
  async function twoTabs() {
    const first = setUp()
    await first.session.login('ada', 'secret')
    const second = setUp(true, first.server, first.tabs)
    second.session.start()
    await quiet()
    return { first, second, server: first.server }
  }

  test('do not use a refresh token twice when they renew at the same time', async () => {
    const { first, second, server } = await twoTabs()
    server.calls = []
    const [a, b] = await Promise.all([first.session.renew(), second.session.renew()])
    expect(a).toBe(b)
    expect(server.calls).toEqual(['refresh'])
    expect([first.session.state.name, second.session.state.name]).toEqual(['signed_in', 'signed_in'])
  })

  test('sign in and out together', async () => {
    const tabs = new FakeTabs()
    const server = new FakeServer()
    const first = setUp(false, server, tabs)
    const second = setUp(false, server, tabs)
    first.session.start()
    second.session.start()
    await first.session.register('ada', 'secret', '')
    expect(second.session.state).toMatchObject({ name: 'signed_in', user: { id: 'ada' } })
    await second.session.logout()
    expect(first.session.state.name).toBe('signed_out')
  })

  test('follow when another person signs in', async () => {
    const { first, second, server } = await twoTabs()
    server.user = person('bo')
    await first.session.login('bo', 'secret')
    await settle()
    expect(second.session.state).toMatchObject({ name: 'signed_in', user: { id: 'bo' } })
  })
})
