import type { StopReason } from './close-codes'

/** There is no session to get a token from; the person has to sign in. Any other failure is worth a retry. */
export class SignedOut extends Error {
  constructor(readonly reason: StopReason = 'signed_out') {
    super(`signed out: ${reason}`)
    this.name = 'SignedOut'
  }
}

/** Where access tokens come from. Both calls reject with SignedOut when no token can be had any more. */
export interface TokenSource {
  /** A token that is valid for a while yet. */
  token(): Promise<string>
  /** A new token, because the server refused the last one. */
  renew(): Promise<string>
}
