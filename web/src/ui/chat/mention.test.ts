import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { completeMention, mentionQuery } from './mention-query'
import { mentionSegments } from './mention-segments'

const names = new Map([['ann', '1'], ['ann.b', '2'], ['all', 'all']])
const called = (text: string) =>
  mentionSegments(text, (name) => names.get(name)).map(({ text: piece, called: who }) => (who === undefined ? piece : `[${piece}=${who}]`))

describe('calls in a text', () => {
  test.each([
    ['hi @ann!', ['hi ', '[@ann=1]', '!']],
    ['@ANN and @Ann.B.', ['[@ANN=1]', ' and ', '[@Ann.B=2]', '.']],
    ['你好@ann，@all 早', ['你好', '[@ann=1]', '，', '[@all=all]', ' 早']],
    ['write to me@ann or @nobody', ['write to me@ann or @nobody']],
    ['@@ann', ['@', '[@ann=1]']],
  ])('%s', (text, expected) => {
    expect(called(text)).toEqual(expected)
  })

  test('the pieces together are the text', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('@ann', '@ann.b', '.', ' ', '@', 'x', '你')), (pieces) => {
        const text = pieces.join('')
        expect(mentionSegments(text, (name) => names.get(name)).map((one) => one.text).join('')).toBe(text)
      }),
    )
  })
})

describe('the word at the caret', () => {
  test.each([
    ['hi @an|', { at: 3, text: 'an' }],
    ['@|', { at: 0, text: '' }],
    ['你好@陈美|', { at: 2, text: '陈美' }],
    ['hi @an| there', { at: 3, text: 'an' }],
    ['mail@exa|', undefined],
    ['hi @ann |', undefined],
    ['hi| @ann', undefined],
  ])('%s', (text, expected) => {
    expect(mentionQuery(text.replace('|', ''), text.indexOf('|'))).toEqual(expected)
  })

  test('becomes the call, with one space after it', () => {
    const query = { at: 3, text: 'an' }
    expect(completeMention('hi @an there', 6, query, 'ann')).toEqual({ text: 'hi @ann there', caret: 8 })
    expect(completeMention('hi @an', 6, query, 'ann')).toEqual({ text: 'hi @ann ', caret: 8 })
  })
})
