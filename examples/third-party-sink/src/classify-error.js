/** What an answer of the receiver means for the payload. Pure. */
import { SinkError } from '@drakkar/plugin-sdk'

/** Statuses that pass by themselves, besides 5xx. */
const passing = new Set([408, 425, 429])

/**
 * Null: accepted.
 *
 * @param {import('./client.js').Answer} answer
 */
export function answerError({ status, retryAfter }) {
  if (status >= 200 && status < 300) return null
  const message = `The receiver answered ${status}`
  if (status < 500 && !passing.has(status)) return new SinkError({ kind: 'permanent', message })
  const seconds = Number(retryAfter ?? Number.NaN)
  if (!Number.isFinite(seconds) || seconds < 0) return new SinkError({ kind: 'transient', message })
  return new SinkError({ kind: 'throttled', retryAfterMs: seconds * 1000, message })
}
