/** The measured part of every contender of the sinks' race: the same payloads, made before the clock starts. */
import { Stopwatch } from '../contenders/stopwatch.ts'
import type { Measurement } from '../measurement.ts'
import { payloadParts } from './payload-parts.ts'
import { runAtOnce } from './run-at-once.ts'
import { distinctPayloads } from './sink-cases.ts'
import type { SinkRun } from './sink-run.ts'
import type { Payload, SinkTarget } from './target.ts'

export interface DeliveryWay {
  /** Payloads that are handed over together. */
  readonly size: number
  /** Of these at once. */
  readonly atOnce: number
  send(payloads: readonly Payload[]): Promise<void>
  /** Deliveries so far, where they are not simply what `send` was given. */
  deliveries?(): number
}

/** From the first measured payload that is handed over to the last acknowledgement. */
export async function measureDelivery(target: SinkTarget, run: SinkRun, way: DeliveryWay): Promise<Measurement> {
  const { place, warmUp, measured } = run
  const { size, atOnce } = way
  const different = Math.min(warmUp + measured, Math.max(distinctPayloads, size))
  const supply = Array.from({ length: different }, (_payload, index) => target.payload(place, index))
  const send = (from: number, count: number) => runAtOnce(payloadParts(supply, { from, count, size }), atOnce, (part) => way.send(part))
  await send(0, warmUp)
  const before = way.deliveries?.() ?? 0
  const stopwatch = new Stopwatch()
  stopwatch.start()
  await send(warmUp, measured)
  const measurement = stopwatch.stop(measured)
  const deliveries = way.deliveries === undefined ? Math.ceil(measured / size) : way.deliveries() - before
  return { ...measurement, meanBatch: measured / deliveries }
}
