export interface MarkSegment {
  text: string
  marked: boolean
}

/** What is shown before the first match, and in all. */
const lead = 40
const shown = 220

/**
 * A piece of a message around its first match, cut into what matches and what does not. The spans count code points,
 * as the contract does; what does not fit the text is left out.
 */
export function markSegments(content: string, highlights: readonly (readonly number[])[]): MarkSegment[] {
  const letters = Array.from(content)
  const start = Math.max(0, Math.min((highlights[0]?.[0] ?? 0) - lead, letters.length - shown))
  const end = Math.min(letters.length, start + shown)
  const segments: MarkSegment[] = []
  const add = (from: number, to: number, marked: boolean) => {
    if (to > from) segments.push({ text: letters.slice(from, to).join(''), marked })
  }
  let at = start
  for (const [from = 0, to = 0] of highlights) {
    if (from < at || from >= end || to <= from) continue
    add(at, from, false)
    add(from, Math.min(to, end), true)
    at = Math.min(to, end)
  }
  add(at, end, false)
  if (start > 0) segments.unshift({ text: '…', marked: false })
  if (end < letters.length) segments.push({ text: '…', marked: false })
  return segments
}
