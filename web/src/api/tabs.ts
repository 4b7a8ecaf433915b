import type { Self } from '../protocol/contract'

export type TabMessage =
  | { kind: 'tokens'; user: Self; accessToken: string; expiresAt: number }
  | { kind: 'signed_out' }

/** What the tabs of one browser do together: they share one refresh token, in a cookie that none of them can see. */
export interface Tabs {
  tell(message: TabMessage): void
  listen(heard: (message: TabMessage) => void): void
  /** Runs the work while no other tab runs its own. */
  alone<T>(work: () => Promise<T>): Promise<T>
}

/**
 * Locks need a secure context; without one (plain http on a name other than localhost) tabs may refresh at the same
 * time, which the server forgives within ten seconds.
 */
export function browserTabs(): Tabs {
  const channel = new BroadcastChannel('uim-session')
  const locks = navigator.locks as LockManager | undefined
  return {
    tell: (message) => channel.postMessage(message),
    listen: (heard) => {
      channel.onmessage = (event: MessageEvent<TabMessage>) => heard(event.data)
    },
    alone: async (work) => (locks === undefined ? await work() : await locks.request('uim-refresh', work)),
  }
}
