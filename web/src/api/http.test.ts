import { describe, expect, test } from 'vitest'
import { SignedOut } from '../protocol/tokens'
import { createApi, createPublicApi, unwrap } from './http'

const problem = (status: number, body: object) => Response.json(body, { status, headers: { 'Content-Type': 'application/problem+json' } })

describe('a request of the signed-in person', () => {
  function setUp(answers: Response[]) {
    const seen: string[] = []
    const tokens = { token: () => Promise.resolve('old'), renew: () => Promise.resolve('new') }
    const api = createApi('http://localhost', tokens, async (request) => {
      seen.push(`${request.headers.get('Authorization') ?? ''} ${await request.text()}`)
      return answers.shift() ?? Response.json({})
    })
    return { api, seen }
  }

  test('is repeated once, body and all, with a new token', async () => {
    const { api, seen } = setUp([problem(401, { code: 'token_expired' }), Response.json({ id: 'c' })])
    const found = await unwrap(api.POST('/api/conversations', { body: { user_id: 'u' } }))
    expect(found.id).toBe('c')
    expect(seen).toEqual(['Bearer old {"user_id":"u"}', 'Bearer new {"user_id":"u"}'])
  })

  test('is not repeated because a password in it was wrong', async () => {
    const { api, seen } = setUp([problem(401, { code: 'invalid_credentials' })])
    await expect(unwrap(api.DELETE('/api/me', { body: { password: 'p' } }))).rejects.toMatchObject({ code: 'invalid_credentials' })
    expect(seen).toHaveLength(1)
  })

  test('says so when there is no session any more', async () => {
    const tokens = { token: () => Promise.reject(new SignedOut()), renew: () => Promise.reject(new SignedOut()) }
    const api = createApi('http://localhost', tokens, () => Promise.resolve(Response.json({})))
    await expect(unwrap(api.GET('/api/me'))).rejects.toBeInstanceOf(SignedOut)
  })

  test('is not repeated again and again', async () => {
    const { api, seen } = setUp([problem(401, { code: 'unauthenticated' }), problem(401, { code: 'unauthenticated' })])
    await expect(unwrap(api.GET('/api/me'))).rejects.toMatchObject({ status: 401, code: 'unauthenticated' })
    expect(seen).toHaveLength(2)
  })
})

describe('what went wrong', () => {
  const ask = (answer: () => Promise<Response>) => unwrap(createPublicApi('http://localhost', answer).GET('/api/me'))

  test('is the problem the server tells, with its fields', async () => {
    const errors = [{ field: 'password', code: 'too_short', detail: 'short' }]
    const failure = ask(() => Promise.resolve(problem(422, { code: 'validation_failed', detail: 'no', errors, retry_after_ms: 5 })))
    await expect(failure).rejects.toMatchObject({ code: 'validation_failed', message: 'no', fields: errors, retryAfter: 5, transient: false })
  })

  test.each([
    [502, 'unavailable', true],
    [429, 'rate_limited', true],
    [404, 'not_found', false],
    [413, 'payload_too_large', false],
  ])('is told by the status %i when something in between answers', async (status, code, transient) => {
    const failure = ask(() => Promise.resolve(new Response('<h1>no</h1>', { status })))
    await expect(failure).rejects.toMatchObject({ code, transient })
  })

  test('is the network when there is no answer', async () => {
    const failure = ask(() => Promise.reject(new TypeError('Failed to fetch')))
    await expect(failure).rejects.toMatchObject({ code: 'network', status: 0, transient: true })
  })
})
