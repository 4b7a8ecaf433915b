import type { TFunction } from 'i18next'
import { ApiError } from '../../api/api-error'
import type { FieldError } from '../../protocol/contract'

const known = [
  'network', 'invalid_credentials', 'username_taken', 'email_taken', 'rate_limited', 'overloaded', 'unavailable',
  'validation_failed', 'already_member', 'group_full', 'last_owner', 'invitation_expired', 'search_timeout', 'blocked', 'forbidden', 'not_found', 'session_revoked', 'unauthenticated', 'payload_too_large', 'internal',
] as const

/** What to tell a person about a failure; the server's own words where we have none. */
export function failureText(t: TFunction, reason: unknown): string {
  const error = ApiError.from(reason)
  return codeText(t, error.code, error.message)
}

export function codeText(t: TFunction, code: string, detail: string): string {
  const found = known.find((one) => one === code)
  return found === undefined ? t('error.other', { detail }) : t(`error.${found}`)
}

export function fieldText(t: TFunction, error: FieldError): string {
  const name = error.field === 'username' ? 'username' : error.field.endsWith('password') ? 'password' : 'other'
  switch (error.code) {
    case 'required':
    case 'too_common':
    case 'username_taken':
    case 'email_taken':
    case 'wrong_password':
    case 'unchanged':
      return t(`field.${error.code}`)
    case 'invalid_characters':
      return t(`field.invalid_characters.${name === 'username' ? name : 'other'}`)
    case 'too_short':
    case 'too_long':
      return t(`field.${error.code}.${name}`)
    case 'invalid':
      return error.field === 'email' ? t('field.invalid_email') : error.field === 'avatar_url' ? t('field.invalid_url') : error.detail
    default:
      return error.detail
  }
}
