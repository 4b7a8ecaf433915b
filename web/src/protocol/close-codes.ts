/** Why the client gave up: only the person, or a new sign-in, can start it again. */
export type StopReason = 'signed_out' | 'session_revoked' | 'account_closed' | 'protocol_violation' | 'auth_timeout'

export type CloseVerdict =
  /** Come back after at least this many milliseconds; with a fresh access token if the old one was refused. */
  { kind: 'reconnect'; minimumDelay: number; refused: boolean } | { kind: 'stop'; reason: StopReason }

/**
 * What the contract says about a close code. 4500–4599 end the session, everything else is worth another try:
 * 4000–4499 by contract, and the standard codes because networks, proxies and restarts cause them.
 */
export function judgeClose(code: number): CloseVerdict {
  switch (code) {
    case 4401:
      return { kind: 'reconnect', minimumDelay: 0, refused: true }
    case 4029:
      return { kind: 'reconnect', minimumDelay: 5_000, refused: false }
    case 4501:
      return { kind: 'stop', reason: 'session_revoked' }
    case 4502:
      return { kind: 'stop', reason: 'account_closed' }
    case 4504:
      return { kind: 'stop', reason: 'auth_timeout' }
  }
  if (code >= 4500 && code <= 4599) return { kind: 'stop', reason: 'protocol_violation' }
  return { kind: 'reconnect', minimumDelay: 0, refused: false }
}
