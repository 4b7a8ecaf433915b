import { useState } from 'react'
import styles from './avatar.module.css'

const tones = 8

/** A colour of its own for each person, the same on every screen. */
function toneOf(id: string): number {
  let hash = 0
  for (let i = 0; i < id.length; i++) hash = (hash * 31 + id.charCodeAt(i)) >>> 0
  return hash % tones
}

/** The colour as a name wears it. */
export function toneClass(id: string): string {
  return styles[`name${toneOf(id)}`] ?? ''
}

/** The first letters of up to two words, not counting an “&”; of a Chinese, Japanese or Korean name its first character. */
export function initials(name: string): string {
  const words = name.trim().split(/[\s_.-]+/u).filter((word) => /^[^\p{P}\p{Sm}\p{Sc}\p{Sk}]/u.test(word))
  const letters = words.map((word) => String.fromCodePoint(word.codePointAt(0) ?? 63))
  const [first = '?', second = ''] = letters
  return (/\p{Script=Han}|\p{Script=Hangul}|\p{Script=Hiragana}|\p{Script=Katakana}/u.test(first) ? first : first + second).toUpperCase()
}

interface AvatarProps {
  id: string
  name: string
  /** A picture in place of the letters; they come back when it cannot be had. */
  url?: string | undefined
  size?: 'tiny' | 'small' | 'medium' | 'large'
  online?: boolean
  /** Of many: not round, so that groups and people are told apart at a glance. */
  group?: boolean
}

export function Avatar({ id, name, url, size = 'medium', online = false, group = false }: AvatarProps) {
  const [broken, setBroken] = useState<string>()
  const classes = [styles.avatar, styles[`tone${toneOf(id)}`], size === 'medium' ? '' : styles[size], group ? styles.group : '']
  // The letters come from the style sheet: a picture, not a text that names its button.
  return (
    <span className={classes.join(' ')} data-initials={initials(name)} aria-hidden="true">
      {url !== undefined && url !== '' && url !== broken && (
        <img src={url} alt="" referrerPolicy="no-referrer" loading="lazy" onError={() => setBroken(url)} />
      )}
      {online && <span className={styles.online} data-online />}
    </span>
  )
}
