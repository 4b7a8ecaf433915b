import { useMemo, type ReactNode } from 'react'
import { linkSegments } from './link-segments'
import { mentionSegments } from './mention-segments'
import styles from './bubble.module.css'

interface MessageTextProps {
  text: string
  /** The id of who has a name, in lower case; undefined where nobody is called. */
  resolve?: ((name: string) => string | undefined) | undefined
  me?: string
}

/** A message's words: text nodes, calls of people and safe links, never markup. */
export function MessageText({ text, resolve, me }: MessageTextProps) {
  const segments = useMemo(() => linkSegments(text), [text])
  return segments.map(({ text: piece, href }, index) =>
    href === undefined ? (
      <Words key={index} text={piece} resolve={resolve} me={me} />
    ) : (
      <a key={index} href={href} target="_blank" rel="noopener noreferrer">
        {piece}
      </a>
    ),
  )
}

function Words({ text, resolve, me }: MessageTextProps): ReactNode {
  if (resolve === undefined) return text
  return mentionSegments(text, resolve).map(({ text: piece, called }, index) =>
    called === undefined ? (
      piece
    ) : (
      <span key={index} className={styles.mention} data-mention={called === me || called === 'all' ? 'me' : 'other'}>
        {piece}
      </span>
    ),
  )
}
