import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Dialog } from '../shell/dialog'
import { useChat } from '../shell/services'

export function BlockDialog({ userId, name, close }: { userId: string; name: string; close: () => void }) {
  const { t } = useTranslation()
  const chat = useChat()
  const block = useMutation({ mutationFn: () => chat.setBlocked(userId, true), onSuccess: close })
  return (
    <Dialog title={t('block.title', { name })} action={t('block.confirm')} danger busy={block.isPending} failure={block.error} act={() => block.mutate()} close={close}>
      <p>{t('block.text')}</p>
    </Dialog>
  )
}
