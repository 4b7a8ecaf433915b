import { useTranslation } from 'react-i18next'
import styles from '../chat/chat-view.module.css'
import { Dialog } from './dialog'

/** In place of a part that could not be loaded: no network, or the server has a newer client by now. */
export function PartMissing() {
  const { t } = useTranslation()
  return (
    <section className={styles.blank}>
      <p role="alert">{t('app.partMissing')}</p>
      <button type="button" className="button" onClick={() => location.reload()}>
        {t('connection.reload')}
      </button>
    </section>
  )
}

export function DialogMissing({ close }: { close: () => void }) {
  const { t } = useTranslation()
  return <Dialog title={t('app.partMissing')} action={t('connection.reload')} busy={false} act={() => location.reload()} close={close} />
}
