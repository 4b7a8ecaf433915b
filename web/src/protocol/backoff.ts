export interface BackoffRange {
  /** Upper bound of the first delay, in milliseconds. */
  base: number
  /** Upper bound of every delay, in milliseconds. */
  cap: number
}

export const reconnectRange: BackoffRange = { base: 500, cap: 30_000 }

/**
 * Exponential backoff with full jitter: uniform between 0 and min(cap, base · 2^attempt). Spreading over the whole
 * range keeps a thousand clients of a node that died from arriving together (M. Brooker, "Exponential Backoff And
 * Jitter", 2015).
 */
export function fullJitter(attempt: number, random: () => number, range: BackoffRange = reconnectRange): number {
  return Math.round(random() * Math.min(range.cap, range.base * 2 ** Math.min(attempt, 30)))
}
