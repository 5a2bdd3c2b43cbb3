/** The errors a `BackgroundSink` gives to its callers. */
import { isTransientError } from './classify.ts'
import { errorMessage, SinkError } from './errors.ts'
import { redactText } from './redact.ts'

/** The first error as the cause, several as an `AggregateError`. */
export function flushFailure(errors: readonly unknown[]): SinkError {
  const [first] = errors
  return new SinkError({
    kind: isTransientError(first) ? 'transient' : 'permanent',
    code: 'DRK_DRAIN_FLUSH_FAILED',
    ambiguous: true,
    message: `Not everything written before the flush is durable: ${redactText(errorMessage(first))}`,
    cause: errors.length > 1 ? new AggregateError(errors, `${errors.length} writes or flushes failed`) : first,
  })
}

export function flushTimedOut(timeoutMs: number): SinkError {
  const message = `The flush did not end within ${timeoutMs} ms`
  return new SinkError({ kind: 'transient', code: 'DRK_DRAIN_FLUSH_FAILED', message, ambiguous: true })
}

export function closedError(): SinkError {
  return new SinkError({ kind: 'permanent', code: 'DRK_DRAIN_CLOSED', message: 'The background sink is closed' })
}

export function overflowError(capacity: number): SinkError {
  return new SinkError({ kind: 'transient', code: 'DRK_DRAIN_OVERFLOW', message: `The queue is full (${capacity} messages)` })
}
