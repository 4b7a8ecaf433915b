export interface MentionSegment {
  text: string
  /** Who is called: an id, or `all`. */
  called?: string
}

const candidate = /(?<![\w.-])@([\w.-]+)/g

/**
 * Cuts a text into plain pieces and calls of people. `resolve` knows names in lower case. A name may hold dots and
 * dashes, and a sentence may end right after it: the longest name that somebody has is the one that is called.
 */
export function mentionSegments(text: string, resolve: (name: string) => string | undefined): MentionSegment[] {
  const segments: MentionSegment[] = []
  let from = 0
  for (const match of text.matchAll(candidate)) {
    let name = match[1] ?? ''
    let called = resolve(name.toLowerCase())
    while (called === undefined && /[.-]$/.test(name)) {
      name = name.slice(0, -1)
      called = resolve(name.toLowerCase())
    }
    if (called === undefined) continue
    if (match.index > from) segments.push({ text: text.slice(from, match.index) })
    segments.push({ text: `@${name}`, called })
    from = match.index + name.length + 1
  }
  if (from < text.length) segments.push({ text: text.slice(from) })
  return segments
}
