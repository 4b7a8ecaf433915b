import fc from 'fast-check'
import { expect, test } from 'vitest'
import { linkSegments } from './link-segments'

const links = (text: string) => linkSegments(text).flatMap(({ href }) => (href === undefined ? [] : [href]))

test.each([
  ['https://example.com', ['https://example.com/']],
  ['see http://example.com/a?b=c#d, then', ['http://example.com/a?b=c#d']],
  ['(https://example.com/wiki/A_(b))', ['https://example.com/wiki/A_(b)']],
  ['www.example.com!', ['https://www.example.com/']],
  ['write to mailto:ada@example.com.', ['mailto:ada@example.com']],
  ['看https://example.com/路径。然后', ['https://example.com/%E8%B7%AF%E5%BE%84']],
  ['a https://a.example b https://b.example', ['https://a.example/', 'https://b.example/']],
  ['HTTPS://EXAMPLE.COM', ['https://example.com/']],
])('%s', (text, expected) => {
  expect(links(text)).toEqual(expected)
})

test.each([
  'javascript:alert(1)',
  'JaVaScRiPt://example.com/%0aalert(1)',
  'data:text/html,<script>alert(1)</script>',
  'file:///etc/passwd',
  'vbscript:x',
  'https://',
  'xhttps://example.com',
  'example.com',
  'https://your.bank@elsewhere.example',
  'https://user:password@example.com',
  'no link at all',
])('%s stays text', (text) => {
  expect(links(text)).toEqual([])
})

test('nothing of a text is lost or added, and every link is of an allowed scheme', () => {
  const path = fc.string({ unit: fc.constantFrom(...Array.from('azAZ09-._~/?#&=%:@()[]!,;\'"')) })
  const address = path.map((end) => `https://uim.example/${end}`)
  const part = fc.oneof(fc.string(), address, fc.constantFrom('javascript:', 'mailto:a@b.example', 'www.', '(', ').', '你好，'))
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const text = parts.join('')
      expect(linkSegments(text).map((segment) => segment.text).join('')).toBe(text)
      for (const href of links(text)) expect(href).toMatch(/^(?:https?|mailto):/)
    }),
  )
})
