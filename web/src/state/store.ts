import { useSyncExternalStore } from 'react'

/** Immutable state that changes by replacement; a listener that reads an unchanged part sees the same reference. */
export class Store<T> {
  #state: T
  #listeners = new Set<() => void>()

  constructor(initial: T) {
    this.#state = initial
  }

  readonly get = (): T => this.#state

  set(state: T): void {
    if (Object.is(state, this.#state)) return
    this.#state = state
    for (const listener of this.#listeners) listener()
  }

  update(change: (state: T) => T): void {
    this.set(change(this.#state))
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

/** The selected part of the state; the selector must answer the same reference while that part has not changed. */
export function useStore<T, S>(store: Store<T>, select: (state: T) => S): S {
  return useSyncExternalStore(store.subscribe, () => select(store.get()))
}
