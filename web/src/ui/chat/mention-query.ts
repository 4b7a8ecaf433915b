export interface MentionQuery {
  /** Where the @ stands. */
  at: number
  text: string
}

/** What is being looked for when the caret stands in a word that begins with @; undefined when it does not. */
export function mentionQuery(text: string, caret: number): MentionQuery | undefined {
  const match = /(?<![\w.-])@([^\s@]{0,50})$/u.exec(text.slice(0, caret))
  return match === null ? undefined : { at: match.index, text: match[1] ?? '' }
}

/** The text with the call in place of what was looked for, and where the caret goes. */
export function completeMention(text: string, caret: number, { at }: MentionQuery, name: string): { text: string; caret: number } {
  const call = `@${name} `
  const rest = text.slice(caret).replace(/^ /, '')
  return { text: text.slice(0, at) + call + rest, caret: at + call.length }
}
