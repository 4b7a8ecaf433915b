import { expect, test } from 'vitest'
import { conversationHref, joinLink, newGroupHref, parseRoute, settingsHref } from './route'

test.each([
  ['', { name: 'list' }],
  ['#/nonsense', { name: 'list' }],
  [settingsHref, { name: 'settings' }],
  [newGroupHref, { name: 'new-group' }],
  [conversationHref('0-a'), { name: 'conversation', id: '0-a', panel: undefined }],
  [conversationHref('0-a', 'search'), { name: 'conversation', id: '0-a', panel: 'search' }],
  ['#/c/0-a/elsewhere', { name: 'list' }],
  ['#/join/-Ab_9', { name: 'join', code: '-Ab_9' }],
  ['#/join/<b>', { name: 'list' }],
])('%s', (hash, route) => {
  expect(parseRoute(hash)).toEqual(route)
})

test('an invitation has an address that people can be given', () => {
  expect(joinLink('https://chat.example', 'Ab-9_')).toBe('https://chat.example/join/Ab-9_')
})
