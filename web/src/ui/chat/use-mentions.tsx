import { Suspense, useEffect, useId, useLayoutEffect, useRef, useState, type AriaAttributes, type ReactNode, type RefObject } from 'react'
import type { Conversation } from '../../protocol/contract'
import { lazyPart } from '../shell/lazy-part'
import { useChat } from '../shell/services'
import type { MentionKeys } from './mention-picker'
import { completeMention, mentionQuery } from './mention-query'

/** Without it, one can still write whom one calls. */
const loadPicker = () => import('./mention-picker').then((module) => module.MentionPicker)
const MentionPicker = lazyPart(loadPicker, () => null)

interface Mentions {
  /** The suggestions, while there is something to suggest for. */
  picker: ReactNode
  /** What tells a screen reader of them; for the text field. */
  attributes: AriaAttributes
  /** The caret is there now, in this text. */
  moved: (text: string, caret: number) => void
  /** True when the key was for the suggestions. */
  press: (key: string) => boolean
}

/** Suggests members of a group where a word that begins with @ is being written. */
export function useMentions(conversation: Conversation, text: string, input: RefObject<HTMLTextAreaElement | null>): Mentions {
  const chat = useChat()
  const listId = useId()
  const [caret, setCaret] = useState(0)
  /** The @ for which Escape was pressed. */
  const [dismissed, setDismissed] = useState<number>()
  const [active, setActive] = useState<string>()
  const keys = useRef<MentionKeys>(null)
  const caretAfter = useRef<number>(undefined)
  useLayoutEffect(() => {
    if (caretAfter.current !== undefined) input.current?.setSelectionRange(caretAfter.current, caretAfter.current)
    caretAfter.current = undefined
  }, [text, input])

  const group = conversation.kind === 'group'
  // Here before the first @, so that nobody waits for it while typing.
  useEffect(() => {
    if (group) void loadPicker().catch(() => undefined)
  }, [group])

  const found = group ? mentionQuery(text, caret) : undefined
  const query = found?.at === dismissed ? undefined : found
  const open = query !== undefined

  const choose = (name: string) => {
    if (query === undefined) return
    const completed = completeMention(text, caret, query, name)
    caretAfter.current = completed.caret
    setCaret(completed.caret)
    chat.setDraft(conversation.id, completed.text)
    input.current?.focus()
  }

  return {
    picker: open && (
      <Suspense>
        <MentionPicker ref={keys} id={listId} conversation={conversation} query={query.text} choose={choose} activate={setActive} />
      </Suspense>
    ),
    attributes: {
      'aria-autocomplete': group ? 'list' : undefined,
      'aria-controls': open ? listId : undefined,
      'aria-activedescendant': open ? active : undefined,
    },
    moved: (now, at) => {
      setCaret(at)
      if (mentionQuery(now, at)?.at !== dismissed) setDismissed(undefined)
    },
    press: (key) => {
      if (query === undefined) return false
      if (key !== 'Escape') return keys.current?.press(key) === true
      setDismissed(query.at)
      return true
    },
  }
}
