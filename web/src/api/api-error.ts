import type { ErrorCode, FieldError, Problem } from '../protocol/contract'

/** `network`: there was no answer at all. */
export type FailureCode = ErrorCode | 'network'

/** A request that did not succeed, whatever the reason: the server's problem, a proxy's page, or no network. */
export class ApiError extends Error {
  readonly code: FailureCode
  readonly status: number
  readonly fields: readonly FieldError[]
  /** Milliseconds after which the server would like to be asked again. */
  readonly retryAfter: number | undefined

  constructor(status: number, problem: Partial<Problem>) {
    const code = problem.code ?? codeOf(status)
    super(problem.detail ?? problem.title ?? code)
    this.name = 'ApiError'
    this.code = code
    this.status = status
    this.fields = problem.errors ?? []
    this.retryAfter = problem.retry_after_ms
  }

  static from(reason: unknown): ApiError {
    return reason instanceof ApiError ? reason : new ApiError(0, { detail: String(reason) })
  }

  /** Whether the same request may succeed later. */
  get transient(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500
  }

  field(name: string): FieldError | undefined {
    return this.fields.find((error) => error.field === name)
  }
}

/** What a status says when the body does not: the answer of something in between, not of the server. */
function codeOf(status: number): FailureCode {
  if (status === 0) return 'network'
  if (status === 429) return 'rate_limited'
  if (status === 401) return 'unauthenticated'
  if (status === 404) return 'not_found'
  if (status === 413) return 'payload_too_large'
  return status >= 500 ? 'unavailable' : 'invalid_request'
}
