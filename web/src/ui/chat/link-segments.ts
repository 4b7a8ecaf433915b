export interface Segment {
  text: string
  href?: string
}

/** Schemes a link may have; whatever else looks like one (javascript:, data:, file:) stays text. */
const allowed = new Set(['http:', 'https:', 'mailto:'])

const candidate = /(?:https?:\/\/|mailto:|www\.)[^\s<>"'“”‘’（）《》【】，。；：！？、]+/giu

/** Closing punctuation is more often the sentence's than the link's; a bracket belongs to it when it was opened in it. */
function trimEnd(text: string): string {
  let end = text
  for (;;) {
    const last = end.at(-1)
    if (last === undefined) return end
    const unopened = last === ')' && end.split('(').length < end.split(')').length
    if (!unopened && !'.,;:!?…]}*_~'.includes(last)) return end
    end = end.slice(0, -last.length)
  }
}

function hrefOf(text: string): string | undefined {
  try {
    const url = new URL(/^www\./i.test(text) ? `https://${text}` : text)
    // What stands before an @ is there to be taken for the place one is led to: https://your.bank@elsewhere.example
    const disguised = url.username !== '' || url.password !== ''
    return allowed.has(url.protocol) && !disguised ? url.href : undefined
  } catch {
    return undefined
  }
}

/** Cuts a text into plain pieces and links. The pieces together are the text, character for character. */
export function linkSegments(text: string): Segment[] {
  const segments: Segment[] = []
  let from = 0
  for (const match of text.matchAll(candidate)) {
    const before = text[match.index - 1]
    if (before !== undefined && /[\p{Letter}\p{Number}_]/u.test(before) && !/\p{Script=Han}/u.test(before)) continue
    const link = trimEnd(match[0])
    const href = hrefOf(link)
    if (href === undefined) continue
    if (match.index > from) segments.push({ text: text.slice(from, match.index) })
    segments.push({ text: link, href })
    from = match.index + link.length
  }
  if (from < text.length) segments.push({ text: text.slice(from) })
  return segments
}
