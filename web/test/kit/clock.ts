import type { Cancel, Clock } from '../../src/protocol/clock'

interface Due {
  at: number
  order: number
  action: () => void
}

/** Time that moves only when the test says so. Runs what falls due in order, and lets promises settle in between. */
export class FakeClock implements Clock {
  #now = Date.UTC(2026, 0, 1)
  #due: Due[] = []
  #orders = 0

  now(): number {
    return this.#now
  }

  after(milliseconds: number, action: () => void): Cancel {
    const due = { at: this.#now + milliseconds, order: this.#orders++, action }
    this.#due.push(due)
    return () => {
      this.#due = this.#due.filter((other) => other !== due)
    }
  }

  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds
    await settle()
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#due = this.#due.filter((other) => other !== next)
      this.#now = next.at
      next.action()
      await settle()
    }
    this.#now = end
  }

  #next(end: number): Due | undefined {
    return this.#due.filter((due) => due.at <= end).sort((a, b) => a.at - b.at || a.order - b.order)[0]
  }
}

/** Lets everything that waits only for promises run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}
