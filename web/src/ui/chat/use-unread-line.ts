import { useState } from 'react'

/**
 * Where the unread line stands: before the first message after the answered seq. It is drawn on entering, and anew when
 * messages come while nobody looks; it then stays where it is, however much is read, until the conversation is left.
 */
export function useUnreadLine(readSeq: number, unread: number, attention: boolean): number | undefined {
  const [line, setLine] = useState(() => (unread > 0 ? readSeq : undefined))
  const [was, setWas] = useState({ attention, unread })
  if (was.attention !== attention || was.unread !== unread) {
    setWas({ attention, unread })
    if (!attention && was.unread === 0 && unread > 0) setLine(readSeq)
  }
  return line
}
