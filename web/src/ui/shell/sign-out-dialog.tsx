import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Dialog } from './dialog'
import { useChatState, useSession } from './services'

/** Asks before leaving, and says what becomes of texts that are not sent. */
export function SignOutDialog({ close }: { close: () => void }) {
  const { t } = useTranslation()
  const session = useSession()
  const waiting = useChatState(({ pending }) => {
    let count = 0
    for (const texts of pending.values()) count += texts.filter((text) => text.state !== 'sent').length
    return count
  })
  const leave = useMutation({ mutationFn: () => session.logout() })
  return (
    <Dialog
      title={t('signOut.title')}
      action={t('menu.signOut')}
      busy={leave.isPending}
      failure={leave.isError ? t('signOut.failed') : undefined}
      act={() => leave.mutate()}
      close={close}
    >
      {waiting > 0 && <p>{t('signOut.waiting', { count: waiting })}</p>}
    </Dialog>
  )
}
