/** `withRetry`: failed payloads are delivered again before `deliver` answers (spec UNI-15). */
import type { TObject, TSchema } from 'typebox'
import { backoffDelayMs, type BackoffRules } from '../backoff.ts'
import { type Clock, systemClock } from '../clock.ts'
import type { SinkDefinition } from '../define-sink.ts'
import { SinkError } from '../errors.ts'
import type { SinkResponse } from '../response.ts'
import type { DeliverCall, DeliveryItem, Sink } from '../sink.ts'
import { validateResponses } from '../validate-responses.ts'
import { type Answers, failAll } from './answers-of.ts'
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
 * Delivers again, in their order, the payloads that failed with an error that is not permanent; what a delivery that threw may
 * have written is repeated only when the sink is idempotent. An aborted signal ends the waiting: what is left counts as failed.
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
    const { answered, mayRepeat } = await deliverOnce(sink, { batch: open, call }, retrier.idempotent)
    for (const [id, answer] of answered) answers.set(id, answer)
    const failed = mayRepeat ? open.filter((item) => passingError(answers.get(item.id)) !== null) : []
    if (failed.length === 0 || retry >= retries || call.signal.aborted) break
    const asked = failed.map((item) => passingError(answers.get(item.id))?.retryAfterMs ?? 0)
    await clock.sleep(Math.max(backoffDelayMs(backoff, retry + 1, random()), ...asked), call.signal)
    if (call.signal.aborted) break
    open = failed.map((item) => ({ ...item, attempt: item.attempt + 1 }))
  }
  return [...answers.values()]
}

interface OneDelivery {
  readonly answered: Answers
  /** False when payloads may have arrived although the delivery failed, and must not arrive twice. */
  readonly mayRepeat: boolean
}

async function deliverOnce<P>(sink: Sink<P>, { batch, call }: Delivery<P>, idempotent: boolean): Promise<OneDelivery> {
  const ids = batch.map((item) => item.id)
  try {
    return { answered: validateResponses(ids, await sink.deliver(batch, call)).responses, mayRepeat: true }
  } catch (error) {
    return { answered: failAll(ids, error), mayRepeat: idempotent }
  }
}

/** The error of a failure that may pass by itself; null for anything else. */
function passingError(answer: SinkResponse | undefined): SinkError | null {
  if (answer?.status !== 'failure' || !SinkError.isInstance(answer.error)) return null
  return answer.error.kind === 'permanent' ? null : answer.error
}
