/** The measured part of every contender of the sinks' race: the same payloads, made before the clock starts. */
import { Stopwatch } from '../contenders/stopwatch.ts'
import type { Measurement } from '../measurement.ts'
import { batches } from '../messages.ts'
import { runAtOnce } from './run-at-once.ts'
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
  const payloads = Array.from({ length: run.warmUp + run.measured }, (_payload, index) => target.payload(run.place, index))
  const send = (parts: readonly Payload[][]) => runAtOnce(parts, way.atOnce, (part) => way.send(part))
  const measured = [...batches(payloads.slice(run.warmUp), way.size)]
  await send([...batches(payloads.slice(0, run.warmUp), way.size)])
  const before = way.deliveries?.() ?? 0
  const stopwatch = new Stopwatch()
  stopwatch.start()
  await send(measured)
  const measurement = stopwatch.stop(run.measured)
  const deliveries = way.deliveries === undefined ? measured.length : way.deliveries() - before
  return { ...measurement, meanBatch: run.measured / deliveries }
}
