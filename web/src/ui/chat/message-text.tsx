import { useMemo } from 'react'
import { linkSegments } from './link-segments'

/** A message's words: text nodes and safe links, never markup. */
export function MessageText({ text }: { text: string }) {
  const segments = useMemo(() => linkSegments(text), [text])
  return segments.map(({ text: piece, href }, index) =>
    href === undefined ? (
      piece
    ) : (
      <a key={index} href={href} target="_blank" rel="noopener noreferrer">
        {piece}
      </a>
    ),
  )
}
