import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useChatState } from '../shell/services'
import styles from './composer.module.css'

/** How long the rate limit makes one's texts wait. Announced once; the seconds then only tick. */
export function HeldBack() {
  const until = useChatState((state) => state.heldBackUntil)
  return until === undefined ? null : <Countdown key={until} until={until} />
}

function Countdown({ until }: { until: number }) {
  const { t } = useTranslation()
  const secondsLeft = () => Math.max(1, Math.ceil((until - Date.now()) / 1000))
  const [seconds, setSeconds] = useState(secondsLeft)
  useEffect(() => {
    const timer = setInterval(() => setSeconds(secondsLeft()), 1000)
    return () => clearInterval(timer)
  })
  const minutes = Math.ceil(seconds / 60)
  return (
    <p className={styles.held} role="timer" data-held-back>
      {seconds > 90 ? t('chat.heldMinutes', { count: minutes }) : t('chat.heldSeconds', { count: seconds })}
    </p>
  )
}
