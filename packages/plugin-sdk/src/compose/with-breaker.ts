/** `withBreaker`: a target that keeps failing is left alone for a while (spec section 15, UNI-15). */
import type { TObject, TSchema } from 'typebox'
import { admitDelivery, type Breaker, type BreakerRules, closedBreaker, type PermitOutcome, settleDelivery } from '../circuit-breaker.ts'
import { type Clock, systemClock } from '../clock.ts'
import { isTransientError } from '../classify.ts'
import type { SinkDefinition } from '../define-sink.ts'
import { SinkError } from '../errors.ts'
import { failure, type SinkResponse } from '../response.ts'
import type { DeliverCall, DeliverResult, DeliveryItem, Logger, Sink } from '../sink.ts'
import { validateResponses } from '../validate-responses.ts'
import { passThrough } from './pass-through.ts'
import { wrapDefinition } from './wrap-definition.ts'

export interface BreakerOptions extends Partial<BreakerRules> {
  readonly clock?: Pick<Clock, 'monotonicMs'>
}

const defaultRules: BreakerRules = { failureThreshold: 5, cooldownMs: 30_000 }

/**
 * While the circuit is open each payload fails with `DRK_SINK_CIRCUIT_OPEN` (transient) and nothing reaches the sink. A delivery
 * counts as failed when nothing of it arrived and at least one error was not permanent, or unclassified; refused payloads never open the circuit.
 * Default: 5 failures in a row, 30 s. Logs `sink_circuit_opened` and `sink_circuit_closed`.
 */
export function withBreaker<C extends TObject, S extends TSchema>(
  definition: SinkDefinition<C, S>,
  { clock = systemClock, ...given }: BreakerOptions = {},
): SinkDefinition<C, S> {
  const rules = { ...defaultRules, ...given }
  return wrapDefinition(definition, {
    wrap(sink, { context }) {
      const guard = new BreakerGuard({ sink, rules, clock, logger: context.logger })
      return passThrough(sink, { deliver: (batch, call) => guard.deliver(batch, call) })
    },
  })
}

interface GuardParts<P> {
  readonly sink: Sink<P>
  readonly rules: BreakerRules
  readonly clock: Pick<Clock, 'monotonicMs'>
  readonly logger: Logger
}

class BreakerGuard<P> {
  readonly #parts: GuardParts<P>
  #breaker: Breaker = closedBreaker

  constructor(parts: GuardParts<P>) {
    this.#parts = parts
  }

  async deliver(batch: readonly DeliveryItem<P>[], call: DeliverCall): Promise<DeliverResult> {
    if (batch.length === 0) return
    const { rules, clock, sink } = this.#parts
    const [breaker, admission] = admitDelivery(this.#breaker, rules, clock.monotonicMs())
    this.#breaker = breaker
    if (!admission.admitted) return batch.map(({ id }) => failure(id, circuitOpen()))
    const ids = batch.map((item) => item.id)
    try {
      const result = await sink.deliver(batch, call)
      this.#settle(admission.permit, outcomeOf([...validateResponses(ids, result).responses.values()], call.signal))
      return result
    } catch (error) {
      this.#settle(admission.permit, thrownOutcome(error, call.signal))
      throw error
    }
  }

  #settle(permit: number, outcome: PermitOutcome): void {
    const { rules, clock, logger } = this.#parts
    const before = this.#breaker
    this.#breaker = settleDelivery(before, { permit, outcome }, { ...rules, nowMs: clock.monotonicMs() })
    const { circuit, trips } = this.#breaker
    if (trips > before.trips) logger.warn('sink_circuit_opened', { trips, cooldown_ms: rules.cooldownMs })
    else if (circuit.state === 'closed' && before.circuit.state !== 'closed') logger.info('sink_circuit_closed', { trips })
  }
}

function circuitOpen(): SinkError {
  return new SinkError({ kind: 'transient', code: 'DRK_SINK_CIRCUIT_OPEN', message: 'The circuit breaker is open' })
}

function outcomeOf(answers: readonly SinkResponse[], signal: AbortSignal): PermitOutcome {
  if (answers.some((answer) => answer.status !== 'failure')) return 'succeeded'
  if (isGivenUp(signal)) return 'abandoned'
  return answers.some((answer) => answer.status === 'failure' && blamesTarget(answer.error)) ? 'failed' : 'abandoned'
}

/** Unclassified errors count, also where another sink in between made an answer of them. */
function blamesTarget(error: string | SinkError): boolean {
  return typeof error !== 'string' && (error.kind !== 'permanent' || error.unclassified)
}

function thrownOutcome(error: unknown, signal: AbortSignal): PermitOutcome {
  if (isGivenUp(signal)) return 'abandoned'
  return SinkError.isInstance(error) && !isTransientError(error) ? 'abandoned' : 'failed'
}

/** A caller that gives up for its own reasons says nothing about the target; its time limit does. */
function isGivenUp(signal: AbortSignal): boolean {
  return signal.aborted && !isTimeout(signal.reason)
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof Error && reason.name === 'TimeoutError'
}
