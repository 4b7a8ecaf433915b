import createClient, { type Client } from 'openapi-fetch'
import type { paths, Problem } from '../protocol/contract'
import { SignedOut, type TokenSource } from '../protocol/tokens'
import { ApiError } from './api-error'

export type Api = Client<paths>

type Fetch = (request: Request) => Promise<Response>

const timeout = 15_000

/** Requests that need no sign-in. The header asks for the refresh token as an HttpOnly cookie. */
export function createPublicApi(baseUrl: string, send: Fetch = withTimeout): Api {
  return createClient<paths>({ baseUrl, headers: { 'X-UIM-Client': 'web' }, fetch: send })
}

/** Requests of the signed-in person. A refused token is renewed and the request repeated once. */
export function createApi(baseUrl: string, tokens: TokenSource, send: Fetch = withTimeout): Api {
  const attempt = (request: Request, token: string) => {
    request.headers.set('Authorization', `Bearer ${token}`)
    return send(request)
  }
  return createPublicApi(baseUrl, async (request) => {
    const again = request.clone()
    const response = await attempt(request, await tokens.token())
    if (response.status !== 401 || (await wrongPassword(response))) return response
    return attempt(again, await tokens.renew())
  })
}

/** The data of a successful answer; anything else is thrown as an ApiError, or SignedOut when there is no session for it. */
export async function unwrap<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  let answer
  try {
    answer = await call
  } catch (reason) {
    if (reason instanceof SignedOut) throw reason
    throw ApiError.from(reason)
  }
  const { data, error, response } = answer
  if (!response.ok) throw new ApiError(response.status, isProblem(error) ? error : {})
  return data as T
}

/** A 401 about a password that was asked for once more says nothing against the token. */
async function wrongPassword(response: Response): Promise<boolean> {
  const problem: unknown = await response.clone().json().catch(() => undefined)
  return isProblem(problem) && problem.code === 'invalid_credentials'
}

function isProblem(value: unknown): value is Partial<Problem> {
  return typeof value === 'object' && value !== null && 'code' in value
}

function withTimeout(request: Request): Promise<Response> {
  return fetch(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(timeout)]) })
}
