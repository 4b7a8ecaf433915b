/** Takes back what was scheduled; harmless when it already happened. */
export type Cancel = () => void

/** Time as the protocol sees it, in milliseconds, so that tests own it. */
export interface Clock {
  now(): number
  after(milliseconds: number, action: () => void): Cancel
}
