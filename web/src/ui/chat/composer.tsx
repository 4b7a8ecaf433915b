import { useEffect, useId, useLayoutEffect, useRef, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import type { Conversation } from '../../protocol/contract'
import { conversationName } from '../conversations/conversation-names'
import { SendIcon } from '../shell/icons'
import { useChat, useChatState, useMe } from '../shell/services'
import styles from './composer.module.css'
import { HeldBack } from './held-back'
import { cleanContent, codePoints } from './content'
import { useMentions } from './use-mentions'

/** The counter tells how much room is left once it is less than this part of the whole. */
const counterFrom = 1 / 10

/** Where a message is written. What is written stays with its conversation, also over a closed tab. */
export function Composer({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation()
  const chat = useChat()
  const { id } = conversation
  const text = useChatState((state) => state.drafts.get(id)) ?? ''
  const me = useMe()
  const limit = useChatState((state) => state.contentLimit)
  const input = useRef<HTMLTextAreaElement>(null)
  const mentions = useMentions(conversation, text, input)
  const counterId = useId()
  const hintId = useId()

  const content = cleanContent(text)
  const left = limit - codePoints(content)
  const sendable = content !== '' && left >= 0

  useLayoutEffect(() => {
    const area = input.current
    if (area === null) return
    area.style.height = 'auto'
    area.style.height = `${area.scrollHeight}px`
  }, [text])

  useEffect(() => {
    // On a phone the keyboard would cover what one came to read.
    if (matchMedia('(pointer: fine)').matches) input.current?.focus()
  }, [])

  const change = (next: string, caret: number) => {
    mentions.moved(next, caret)
    chat.setDraft(id, next)
    if (me.privacy.typing) chat.writing(id, next.trim() !== '')
  }

  const send = () => {
    if (!sendable) return
    void chat.send(id, content)
    input.current?.focus()
  }

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // While an input method composes, its keys are its own (Chinese, Japanese, Korean): an Enter chooses characters and
    // sends nothing. Safari reports that Enter after the composition has ended, with the key code 229 of all keys that
    // an input method took.
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing else tells these two apart
    if (event.nativeEvent.isComposing || event.keyCode === 229) return
    if (!event.shiftKey && mentions.press(event.key)) {
      event.preventDefault()
      return
    }
    if (event.key !== 'Enter' || event.shiftKey) return
    event.preventDefault()
    send()
  }

  const counter = left <= limit * counterFrom
  return (
    <form
      className={styles.composer}
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <HeldBack />
      <div className={styles.box}>
        {mentions.picker}
        <textarea
          ref={input}
          rows={1}
          value={text}
          aria-label={t('chat.message')}
          aria-describedby={counter ? `${hintId} ${counterId}` : hintId}
          aria-invalid={left < 0}
          placeholder={t('chat.placeholder', { name: conversationName(conversation) })}
          {...mentions.attributes}
          enterKeyHint="send"
          dir="auto"
          onChange={(event) => change(event.target.value, event.target.selectionStart)}
          onSelect={({ currentTarget: area }) => mentions.moved(area.value, area.selectionStart)}
          onBlur={() => chat.writing(id, false)}
          onKeyDown={onKeyDown}
        />
        <button type="submit" className={styles.send} aria-label={t('chat.send')} aria-disabled={!sendable}>
          <SendIcon />
        </button>
      </div>
      <p id={hintId} className="visually-hidden">
        {t('chat.newLine')}
      </p>
      <p id={counterId} className={left < 0 ? styles.over : styles.counter} role="status">
        {counter && (left < 0 ? t('chat.over', { count: -left }) : t('chat.left', { count: left }))}
      </p>
    </form>
  )
}
