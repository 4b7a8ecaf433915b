import i18next from 'i18next'
import { beforeAll, expect, test } from 'vitest'
import { en } from '../../i18n/en'
import { fieldText } from './failure-text'

beforeAll(() => i18next.init({ lng: 'en', resources: { en: { translation: en } } }))

test('a field is told what is wrong with it and not with another', () => {
  const text = (field: string, code: string) => fieldText(i18next.t, { field, code, detail: 'as the server says' })
  expect(text('username', 'invalid_characters')).toBe(en.field.invalid_characters.username)
  expect(text('display_name', 'invalid_characters')).toBe(en.field.invalid_characters.other)
  expect(text('username', 'too_long')).toBe(en.field.too_long.username)
  expect(text('new_password', 'too_long')).toBe(en.field.too_long.password)
  expect(text('email', 'too_long')).toBe(en.field.too_long.other)
  expect(text('email', 'a code of the future')).toBe('as the server says')
})
