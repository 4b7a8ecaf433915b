import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Avatar } from '../shell/avatar'
import { failureText } from '../shell/failure-text'
import { useChat } from '../shell/services'
import { Card } from './card'
import { Loading } from './loading'
import styles from './settings.module.css'

export function Blocked() {
  const { t } = useTranslation()
  const chat = useChat()
  const queries = useQueryClient()
  const people = useQuery({ queryKey: ['blocks'], queryFn: () => chat.loadBlocked(), staleTime: 0, retry: 1 })
  const unblock = useMutation({
    mutationFn: (id: string) => chat.setBlocked(id, false),
    onSettled: () => queries.invalidateQueries({ queryKey: ['blocks'] }),
  })
  return (
    <Card title={t('settings.blocked.title')} text={t('settings.blocked.text')}>
      {unblock.isError && (
        <p className={styles.error} role="alert">
          {failureText(t, unblock.error)}
        </p>
      )}
      <Loading query={people} />
      {people.data?.length === 0 && <p className={styles.text}>{t('settings.blocked.nobody')}</p>}
      <ul className={styles.rows}>
        {people.data?.map((user) => (
          <li key={user.id} className={styles.row}>
            <Avatar id={user.id} name={user.display_name} url={user.avatar_url} size="small" />
            <div className={styles.what}>
              <strong dir="auto">{user.display_name}</strong>
              <span>@{user.username}</span>
            </div>
            <button
              type="button"
              className="button"
              aria-disabled={unblock.isPending}
              aria-label={t('settings.blocked.unblock', { name: user.display_name })}
              onClick={() => !unblock.isPending && unblock.mutate(user.id)}
            >
              {t('block.unblock')}
            </button>
          </li>
        ))}
      </ul>
    </Card>
  )
}
