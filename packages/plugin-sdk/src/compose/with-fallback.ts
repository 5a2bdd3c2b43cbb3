/** `withFallback`: what one sink hands on is delivered to another (spec NMF-10…13, UNI-15). */
import type { Static, TObject, TSchema } from 'typebox'
import type { SinkDefinition } from '../define-sink.ts'
import { SinkError } from '../errors.ts'
import { failure, type SinkResponse } from '../response.ts'
import type { DeliverCall, DeliveryItem, Sink } from '../sink.ts'
import { answersOf } from './answers-of.ts'
import type { Child, ChildInput } from './child-sink.ts'
import { childLifeCycle } from './child-life-cycle.ts'
import { combineFailures, toSinkError } from './combine-failures.ts'
import { defineComposed, sharedMembers } from './composed-definition.ts'
import { onlyOrderingKey } from './ordering.ts'
import { prepareItems } from './prepare-items.ts'

export interface FallbackOptions<S extends TSchema> {
  /** Where payloads go that the primary sink hands on; `childSink` when it takes other payloads. */
  readonly secondary: ChildInput<Static<S>>
  /**
   * Which failures go there besides the answer `fallback`, which always does. Default: those of an open circuit breaker, as
   * in the framework's own delivery.
   */
  takes?(error: SinkError): boolean
}

/**
 * Configuration: `primary` and `secondary`, each as for its own type. The type, payload and names are the primary's. A payload
 * that neither took fails with both errors. An answer `fallback` or `serve` of the secondary is against the contract, a failure.
 */
export function withFallback<S extends TSchema>(
  primary: SinkDefinition<TObject, S>,
  { secondary, takes = isCircuitOpen }: FallbackOptions<S>,
): SinkDefinition<TObject, S> {
  return defineComposed(primary, {
    children: { primary, secondary },
    capabilities: { fallback: false },
    assemble(children) {
      const [first, second] = children
      if (first === undefined || second === undefined) throw new Error('withFallback has two children')
      return fallbackSink({ primary: first, secondary: second, takes })
    },
  })
}

interface Pair {
  readonly primary: Child
  readonly secondary: Child
  readonly takes: (error: SinkError) => boolean
}

function fallbackSink(pair: Pair): Sink<unknown> {
  const children = [pair.primary, pair.secondary]
  const { sink } = pair.primary
  return {
    ...childLifeCycle(children),
    ...sharedMembers(children),
    ...onlyOrderingKey(children),
    ...(sink.encode === undefined ? {} : { encode: sink.encode.bind(sink) }),
    deliver: (batch, call) => deliverWithFallback(pair, batch, call),
  }
}

async function deliverWithFallback(
  { primary, secondary, takes }: Pair,
  batch: readonly DeliveryItem<unknown>[],
  call: DeliverCall,
): Promise<readonly SinkResponse[]> {
  const answers = new Map(await answersOf(primary.sink, batch, call))
  const reasons = new Map([...answers].flatMap(([id, answer]) => handedOn(id, answer, takes)))
  const { items, refused } = prepareItems(
    secondary,
    batch.filter(({ id }) => reasons.has(id)),
  )
  const second = [...refused, ...(await answersOf(secondary.sink, items, call))]
  for (const [id, answer] of second) answers.set(id, afterFallback(answer, reasons.get(id)))
  return [...answers.values()]
}

/** The id and the reason when the payload goes to the secondary; nothing when it does not. */
function handedOn(id: string, answer: SinkResponse, takes: (error: SinkError) => boolean): readonly (readonly [string, SinkError])[] {
  if (answer.status === 'fallback') return [[id, toSinkError(answer.error ?? 'asked for the fallback')]]
  if (answer.status !== 'failure') return []
  const error = toSinkError(answer.error)
  return takes(error) ? [[id, error]] : []
}

function afterFallback(answer: SinkResponse, reason: SinkError | undefined): SinkResponse {
  const primary = { name: 'primary', error: reason ?? 'handed on' }
  if (answer.status === 'failure') return failure(answer.id, combineFailures([primary, { name: 'secondary', error: answer.error }]))
  if (answer.status !== 'fallback' && answer.status !== 'serve') return answer
  const message = `A fallback sink must not answer ${answer.status}`
  const error = new SinkError({ kind: 'permanent', code: 'DRK_SINK_CONTRACT', message })
  return failure(answer.id, combineFailures([{ name: 'secondary', error }, primary]))
}

function isCircuitOpen(error: SinkError): boolean {
  return error.code === 'DRK_SINK_CIRCUIT_OPEN'
}
