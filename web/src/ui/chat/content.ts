/** Length as the contract counts it: Unicode code points. */
export function codePoints(text: string): number {
  // The second half of a surrogate pair is no code point of its own.
  return text.length - (text.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)?.length ?? 0)
}

/**
 * What is sent of what was written: line ends as \n, and without the control characters that the server refuses and
 * nobody can see (they come with pasted text), trimmed.
 */
export function cleanContent(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are the subject
  return text.replace(/\r\n?/g, '\n').replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '').trim()
}
