import type { UseQueryResult } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { failureText } from '../shell/failure-text'
import styles from './settings.module.css'

/** What a list says in place of its rows: that they come, or why they do not. */
export function Loading({ query }: { query: UseQueryResult }) {
  const { t } = useTranslation()
  return (
    <div role="status" className={styles.text}>
      {query.isPending && t('settings.loading')}
      {query.isError && (
        <>
          {failureText(t, query.error)}{' '}
          <button type="button" className="link-button" onClick={() => void query.refetch()}>
            {t('common.retry')}
          </button>
        </>
      )}
    </div>
  )
}
