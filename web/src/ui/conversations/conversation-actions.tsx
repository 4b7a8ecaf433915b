import { DropdownMenu } from 'radix-ui'
import { useTranslation } from 'react-i18next'
import type { Conversation, ConversationSettings } from '../../protocol/contract'
import { mutedAt, quiet } from '../../state/chat-state'
import { CheckIcon } from '../shell/icons'
import { useChat } from '../shell/services'
import { useToast } from '../shell/toast'
import styles from '../shell/menu.module.css'

const hour = 3_600_000
const levels = ['all', 'mentions', 'none'] as const
/** The contract has no word for "until I say so"; this is as good. */
const forGood = '9999-12-31T00:00:00.000Z'

/** What can be done with a conversation: the items of the row's menu and of the chat's. */
export function ConversationActions({ conversation, now }: { conversation: Conversation; now: number }) {
  const { t } = useTranslation()
  const chat = useChat()
  const toast = useToast()
  const { id, settings, last_seq: last } = conversation
  const change = (wanted: Partial<ConversationSettings>) => {
    chat.changeSettings(id, wanted).catch((reason: unknown) => toast(reason))
  }
  const mute = (until: string) => change({ muted_until: until })
  const after = (hours: number) => new Date(Date.now() + hours * hour).toISOString()
  const group = conversation.kind === 'group'
  // In a group, how much one is told is a choice of its own.
  const muted = group ? mutedAt(settings, now) : quiet(settings, now)
  return (
    <>
      <Item text={t(settings.pinned ? 'actions.unpin' : 'actions.pin')} choose={() => change({ pinned: !settings.pinned })} />
      {conversation.unread_count > 0 && <Item text={t('actions.markRead')} choose={() => chat.read(id, last)} />}
      <Item text={t(settings.archived ? 'actions.unarchive' : 'actions.archive')} choose={() => change({ archived: !settings.archived })} />
      <DropdownMenu.Separator className={styles.separator} />
      {muted ? (
        <Item text={t('actions.unmute')} choose={() => change({ muted_until: undefined, ...(group ? {} : { notifications: 'all' }) })} />
      ) : (
        <DropdownMenu.Group aria-label={t('actions.mute')}>
          <DropdownMenu.Label className={styles.label}>{t('actions.mute')}</DropdownMenu.Label>
          <Item text={t('actions.hour')} choose={() => mute(after(1))} />
          <Item text={t('actions.hours', { count: 8 })} choose={() => mute(after(8))} />
          <Item text={t('actions.forGood')} choose={() => mute(forGood)} />
        </DropdownMenu.Group>
      )}
      {group && (
        <>
          <DropdownMenu.Separator className={styles.separator} />
          <DropdownMenu.RadioGroup
            value={settings.notifications}
            aria-label={t('level.title')}
            onValueChange={(value) => change({ notifications: levels.find((one) => one === value) ?? 'all' })}
          >
            <DropdownMenu.Label className={styles.label}>{t('level.title')}</DropdownMenu.Label>
            {levels.map((level) => (
              <DropdownMenu.RadioItem key={level} className={styles.item} value={level}>
                {t(`level.${level}`)}
                <DropdownMenu.ItemIndicator>
                  <CheckIcon />
                </DropdownMenu.ItemIndicator>
              </DropdownMenu.RadioItem>
            ))}
          </DropdownMenu.RadioGroup>
        </>
      )}
    </>
  )
}

export function Item({ text, choose, danger = false }: { text: string; choose: () => void; danger?: boolean }) {
  return (
    <DropdownMenu.Item className={danger ? `${styles.item ?? ''} ${styles.danger ?? ''}` : styles.item} onSelect={choose}>
      {text}
    </DropdownMenu.Item>
  )
}
