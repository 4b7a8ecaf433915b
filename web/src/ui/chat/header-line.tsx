import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ago } from '../../i18n/format'
import type { Conversation } from '../../protocol/contract'
import { useNow } from '../shell/use-now'
import { PresenceLine } from './presence-line'
import styles from './chat-view.module.css'
import { useTypingText } from './use-typing'

/** Typing comes and goes with every pause; who listens is told at most this often. */
const toldEvery = 15_000

/** Under the name: who is writing; else whether the person is there, or how many are in the group and when it was last lively. */
export function HeaderLine({ conversation }: { conversation: Conversation }) {
  const { t, i18n } = useTranslation()
  const now = useNow()
  const typing = useTypingText(conversation)
  const { peer, kind, member_count: count, last_message: last } = conversation
  const when = last && ago(i18n.language, new Date(last.created_at), new Date(now))
  return (
    <>
      {typing !== undefined ? (
        <p className={styles.typing} data-typing>
          {typing}
        </p>
      ) : kind === 'group' ? (
        <p>
          {t('group.members', { count })}
          {when !== undefined && ` · ${t('group.lastActive', { when })}`}
        </p>
      ) : (
        peer !== undefined && peer.deleted !== true && <PresenceLine userId={peer.id} username={peer.username} />
      )}
      <Spoken text={typing} />
    </>
  )
}

/** For those who listen: that somebody begins to write, not each pause of it. */
function Spoken({ text }: { text: string | undefined }) {
  const [told, setTold] = useState('')
  const at = useRef(0)
  useEffect(() => {
    if (text === undefined) {
      const timer = setTimeout(() => setTold(''), 1_000)
      return () => clearTimeout(timer)
    }
    if (Date.now() - at.current < toldEvery) return
    at.current = Date.now()
    const timer = setTimeout(() => setTold(text), 0)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <span className="visually-hidden" role="status" aria-live="polite">
      {told}
    </span>
  )
}
