/** Several failures as one: pure. */
import { SinkError } from '../errors.ts'

/** Whose failure it is. */
export interface NamedFailure {
  readonly name: string
  /** A string is a permanent failure, as in an answer. */
  readonly error: string | SinkError
}

/**
 * The message names each (`search: …; archive: …`). Permanent when all are: as long as one may pass by itself, trying again can
 * still get the payload further. Throttled when one is, for the longest of their pauses. Ambiguous, or unclassified, when
 * one is.
 */
export function combineFailures(failures: readonly NamedFailure[]): SinkError {
  const errors = failures.map(({ error }) => toSinkError(error))
  const throttled = errors.filter((error) => error.kind === 'throttled')
  const waits = throttled.flatMap(({ retryAfterMs }) => retryAfterMs ?? [])
  const [first] = errors
  return new SinkError({
    kind: throttled.length > 0 ? 'throttled' : errors.some((error) => error.kind === 'transient') ? 'transient' : 'permanent',
    ...(first === undefined ? {} : { code: first.code }),
    message: failures.map(({ name }, index) => `${name}: ${errors[index]?.message ?? ''}`).join('; '),
    ambiguous: errors.some((error) => error.ambiguous),
    unclassified: errors.some((error) => error.unclassified),
    retryAfterMs: waits.length === 0 ? undefined : Math.max(...waits),
    cause: errors.length > 1 ? new AggregateError(errors, `${errors.length} sinks failed`) : first,
  })
}

export function toSinkError(error: string | SinkError): SinkError {
  return SinkError.isInstance(error) ? error : new SinkError({ kind: 'permanent', message: error })
}
