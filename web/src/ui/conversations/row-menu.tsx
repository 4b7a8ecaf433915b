import { DropdownMenu } from 'radix-ui'
import { createContext, use, useCallback, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useChatState } from '../shell/services'
import menu from '../shell/menu.module.css'
import { conversationName } from './conversation-names'
import { ConversationActions } from './conversation-actions'
import styles from './conversation-row.module.css'

interface Opened {
  id: string
  x: number
  y: number
  /** Where the focus goes back to. */
  from: HTMLElement
  at: number
}

const RowMenuContext = createContext<(opened: Omit<Opened, 'at'>) => void>(() => undefined)

export function useRowMenu() {
  return use(RowMenuContext)
}

/** One menu for all rows of a list, opened where a row asks for it: a thousand menus would be a thousand times the work. */
export function RowMenu({ children }: { children: ReactNode }) {
  const { t } = useTranslation()
  const [opened, setOpened] = useState<Opened>()
  const [open, setOpen] = useState(false)
  const conversation = useChatState((state) => (opened === undefined ? undefined : state.conversations.get(opened.id)))
  const show = useCallback((where: Omit<Opened, 'at'>) => {
    setOpened({ ...where, at: Date.now() })
    setOpen(true)
  }, [])
  return (
    <RowMenuContext value={show}>
      {children}
      <DropdownMenu.Root open={open && conversation !== undefined} onOpenChange={setOpen} modal={false}>
        <DropdownMenu.Trigger asChild>
          <span className={styles.anchor} style={{ left: opened?.x, top: opened?.y }} tabIndex={-1} aria-hidden="true" />
        </DropdownMenu.Trigger>
        <DropdownMenu.Content
          className={menu.menu}
          align="start"
          collisionPadding={8}
          aria-label={conversation && t('actions.label', { name: conversationName(conversation) })}
          aria-labelledby={undefined}
          onCloseAutoFocus={(event) => {
            event.preventDefault()
            if (opened?.from.isConnected === true) opened.from.focus()
          }}
        >
          {conversation !== undefined && <ConversationActions conversation={conversation} now={opened?.at ?? 0} />}
        </DropdownMenu.Content>
      </DropdownMenu.Root>
    </RowMenuContext>
  )
}
