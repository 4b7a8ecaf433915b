import { describe, expect, test } from 'vitest'
import { conversation, messages } from '../../test/kit/objects'
import { withAppended, withConversations, withoutConversations, withRestarted } from './chat-state'
import { withoutWindow, withWindow, withWindowNewer, withWindowOlder } from './window'
import { initialState, type ChatState } from './model'

/** A conversation of 1,000 messages of which the newest ten are held. */
const start = () => withRestarted(withConversations(initialState, [conversation(1000)]), 'me', 'c', messages(991, 1000))
const shown = (state: ChatState) => {
  const seqs = state.windows.get('c')?.messages.map(({ seq }) => seq)
  return seqs === undefined ? undefined : [seqs[0], seqs.at(-1)]
}
const held = (state: ChatState) => {
  const seqs = state.timelines.get('c')?.messages.map(({ seq }) => seq) ?? []
  expect(seqs).toEqual(Array.from(seqs, (_, i) => (seqs[0] ?? 0) + i))
  return [seqs[0], seqs.at(-1)]
}

describe('an older stretch that one looks at', () => {
  test('leaves the newest messages as they are, and they go on', () => {
    const looking = withWindow(start(), 'c', messages(480, 520))
    const later = withAppended(looking, 'me', 'c', messages(1001, 1002))
    expect([shown(later), held(later)]).toEqual([
      [480, 520],
      [991, 1002],
    ])
    expect(shown(withoutWindow(later, 'c'))).toBeUndefined()
  })

  test('grows both ways, and drops pages that do not fit it', () => {
    let state = withWindow(start(), 'c', messages(480, 520))
    state = withWindowOlder(state, 'c', messages(430, 479), false)
    state = withWindowNewer(state, 'c', messages(521, 570))
    expect(shown(state)).toEqual([430, 570])
    state = withWindowOlder(state, 'c', messages(100, 149), false)
    expect(shown(withWindowNewer(state, 'c', messages(700, 720)))).toEqual([430, 570])
  })

  test('becomes part of the newest messages where it meets them', () => {
    const looking = withWindow(start(), 'c', messages(900, 960))
    const met = withWindowNewer(looking, 'c', messages(961, 995))
    expect([shown(met), held(met)]).toEqual([undefined, [900, 1000]])
  })

  test('at the very end is no stretch apart, also where nothing was held', () => {
    const fresh = withConversations(initialState, [conversation(1000)])
    const state = withWindow(fresh, 'c', messages(960, 1000))
    expect([shown(state), held(state)]).toEqual([undefined, [960, 1000]])
  })

  test('is bounded, and what was let go of can be had again', () => {
    let state = withWindow(start(), 'c', messages(1, 50))
    for (let from = 51; from <= 900; from += 50) state = withWindowNewer(state, 'c', messages(from, from + 49))
    expect(shown(state)).toEqual([501, 900])
    expect(state.windows.get('c')?.complete).toBe(false)
    for (let from = 451; from >= 1; from -= 50) state = withWindowOlder(state, 'c', messages(from, from + 49), false)
    expect(shown(state)).toEqual([1, 400])
    expect(state.windows.get('c')?.complete).toBe(true)
  })

  test('ends with its conversation, whose name is remembered', () => {
    const group = conversation(1000, { kind: 'group', name: 'Harbour' })
    const state = withWindow(withConversations(start(), [group]), 'c', messages(480, 520))
    const ended = withoutConversations(state, ['c'])
    expect([ended.windows.size, ended.timelines.size, ended.left.get('c')]).toEqual([0, 0, 'Harbour'])
    expect(withConversations(ended, [group]).left.size).toBe(0)
  })
})
