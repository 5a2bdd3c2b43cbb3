/** What a contender's process is told on its command line. */
import { sinkNames, type SinkName } from './sink-cases.ts'
import type { Place } from './target.ts'

export interface SinkRun {
  readonly sink: SinkName
  readonly place: Place
  /** Payloads of a delivery. */
  readonly batch: number
  /** Payloads of a CollectResult. */
  readonly group: number
  readonly warmUp: number
  readonly measured: number
}

export function sinkRunArguments({ sink, place, batch, group, warmUp, measured }: SinkRun): string[] {
  return [sink, place.url, place.name, ...[batch, group, warmUp, measured].map(String)]
}

/** Throws for anything that `sinkRunArguments` does not make. */
export function parseSinkRun(args: readonly string[]): SinkRun {
  const [name = '', url = '', placeName = '', ...numbers] = args
  const sink = sinkNames.find((known) => known === name)
  const [batch, group, warmUp, measured] = numbers.map(Number)
  if (sink === undefined || batch === undefined || group === undefined || warmUp === undefined || measured === undefined) {
    throw new Error('usage: SINK URL NAME BATCH GROUP WARM_UP MEASURED')
  }
  return { sink, place: { url, name: placeName }, batch, group, warmUp, measured }
}
