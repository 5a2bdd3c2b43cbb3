/** When the sink itself sends a request again (spec HTS-5). Pure. */
import type { SinkError } from '@drakkar/plugin-sdk'

export interface Attempt {
  /** Status of the answer; null when there was none. */
  readonly status: number | null
  readonly error: SinkError
  /** Attempts that were made. */
  readonly attempts: number
}

export interface RetryRules {
  /** Further attempts after the first. 0 where a repeated request could have a second effect. */
  readonly maxRetries: number
  /** Longest wait, whatever the receiver asks for. */
  readonly maxDelayMs: number
  /** 0 up to 1. */
  readonly random: () => number
}

const firstDelayMs = 100
const longestOwnDelayMs = 2000

/** Milliseconds to wait before the next attempt, or null when there is none. */
export function retryDelay({ status, error, attempts }: Attempt, { maxRetries, maxDelayMs, random }: RetryRules): number | null {
  if (attempts > maxRetries) return null
  const mayPass = error.kind !== 'permanent' || (status !== null && status >= 500)
  if (!mayPass) return null
  if (error.retryAfterMs !== undefined) return Math.min(error.retryAfterMs, maxDelayMs)
  return random() * Math.min(firstDelayMs * 2 ** (attempts - 1), longestOwnDelayMs, maxDelayMs)
}
