import { useChat } from '../shell/services'
import { useToast } from '../shell/toast'

export function useUnblock(): (userId: string) => void {
  const chat = useChat()
  const toast = useToast()
  return (userId) => {
    chat.setBlocked(userId, false).catch((reason: unknown) => toast(reason))
  }
}
