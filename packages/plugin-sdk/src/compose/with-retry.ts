/** `withRetry`: failed payloads are delivered again before `deliver` answers (spec UNI-15). */
import type { TObject, TSchema } from 'typebox'
import { backoffDelayMs, type BackoffRules } from '../backoff.ts'
import { type Clock, systemClock } from '../clock.ts'
import type { SinkDefinition } from '../define-sink.ts'
import { SinkError } from '../errors.ts'
import type { SinkResponse } from '../response.ts'
import type { DeliverCall, DeliveryItem, Sink } from '../sink.ts'
import { answersOf } from './answers-of.ts'
import { passThrough } from './pass-through.ts'
import { wrapDefinition } from './wrap-definition.ts'

export interface RetryOptions {
  /** Deliveries after the first one. Default 3. */
  readonly retries?: number
  /** Default: 100 ms, doubled up to 10 s, full jitter. A throttled failure waits at least as long as it asks for. */
  readonly backoff?: BackoffRules
  readonly clock?: Pick<Clock, 'sleep'>
  /** In [0, 1). Default `Math.random`. */
  readonly random?: () => number
}

const defaultBackoff: BackoffRules = { baseMs: 100, factor: 2, capMs: 10_000, jitter: 1 }

/**
 * Delivers again, in their order, the payloads that failed with an error that is not permanent; what may have arrived all the same
 * (an ambiguous error, a delivery that threw) is repeated only when the sink is idempotent. An aborted signal ends the waiting: what is left counts as failed.
 * `attempt` grows with each delivery.
 */
export function withRetry<C extends TObject, S extends TSchema>(
  definition: SinkDefinition<C, S>,
  options: RetryOptions = {},
): SinkDefinition<C, S> {
  return wrapDefinition(definition, {
    wrap: (sink, { idempotent }) => {
      const retrier = { ...options, idempotent }
      return passThrough(sink, { deliver: (batch, call) => deliverRetrying(sink, retrier, { batch, call }) })
    },
  })
}

interface Retrier extends RetryOptions {
  readonly idempotent: boolean
}

interface Delivery<P> {
  readonly batch: readonly DeliveryItem<P>[]
  readonly call: DeliverCall
}

async function deliverRetrying<P>(sink: Sink<P>, retrier: Retrier, { batch, call }: Delivery<P>): Promise<readonly SinkResponse[]> {
  const { retries = 3, backoff = defaultBackoff, clock = systemClock, random = Math.random } = retrier
  const answers = new Map<string, SinkResponse>()
  let open = batch
  for (let retry = 0; open.length > 0; retry += 1) {
    for (const [id, answer] of await answersOf(sink, open, call)) answers.set(id, answer)
    const failed = open.filter((item) => mayRepeat(answers.get(item.id), retrier))
    if (failed.length === 0 || retry >= retries || call.signal.aborted) break
    const asked = failed.map((item) => passingError(answers.get(item.id))?.retryAfterMs ?? 0)
    await clock.sleep(Math.max(backoffDelayMs(backoff, retry + 1, random()), ...asked), call.signal)
    if (call.signal.aborted) break
    open = failed.map((item) => ({ ...item, attempt: item.attempt + 1 }))
  }
  return [...answers.values()]
}

function mayRepeat(answer: SinkResponse | undefined, { idempotent }: Retrier): boolean {
  const error = passingError(answer)
  return error !== null && (idempotent || !error.ambiguous)
}

/** The error of a failure that may pass by itself; null for anything else. */
function passingError(answer: SinkResponse | undefined): SinkError | null {
  if (answer?.status !== 'failure' || !SinkError.isInstance(answer.error)) return null
  return answer.error.kind === 'permanent' ? null : answer.error
}
