/** The outcome of a race: series of measurements → figures per contender. Pure. */
import type { Series } from './harness.ts'
import type { Machine } from './machine.ts'
import type { Measurement } from './measurement.ts'
import type { LeftOut, Race } from './race.ts'
import { median, ratios, spread, type Spread } from './statistics.ts'

export interface ContenderResult {
  readonly name: string
  readonly about: string
  readonly messagesPerSecond: Spread
  /** Rate over the rate of the first contender in the same round. */
  readonly rateRatio: Spread
  /** Own process, without children. */
  readonly cpuMicrosecondsPerMessage: Spread
  readonly cpuRatio: Spread
  readonly childCpuMicrosecondsPerMessage: Spread | null
  readonly maxRssMegabytes: Spread
  readonly loopDelayP50Ms: number | null
  readonly loopDelayP99Ms: number | null
  readonly runs: readonly Measurement[]
}

export interface RaceResult {
  readonly race: string
  readonly title: string
  readonly about: string
  /** ISO 8601. */
  readonly at: string
  readonly messages: number
  readonly rounds: number
  readonly machine: Machine
  readonly contenders: readonly ContenderResult[]
  readonly leftOut: readonly LeftOut[]
}

export interface ResultInput extends Pick<RaceResult, 'at' | 'messages' | 'rounds' | 'machine' | 'leftOut'> {
  readonly race: Pick<Race, 'name' | 'title' | 'about'>
  readonly series: readonly (Series & { readonly about: string })[]
}

export function createResult({ race, series, ...facts }: ResultInput): RaceResult {
  const base = series[0]?.runs ?? []
  return {
    race: race.name,
    title: race.title,
    about: race.about,
    ...facts,
    contenders: series.map((one) => ({ name: one.name, about: one.about, ...figures(one.runs, base), runs: one.runs })),
  }
}

const rate = (run: Measurement) => run.messages / run.seconds
const cpu = (run: Measurement) => (run.cpuSeconds / run.messages) * 1e6
const known = (values: readonly (number | null)[]) => values.filter((value) => value !== null)

function figures(runs: readonly Measurement[], base: readonly Measurement[]) {
  const childCpu = known(
    runs.map(({ childCpuSeconds, messages }) => (childCpuSeconds === null ? null : (childCpuSeconds / messages) * 1e6)),
  )
  return {
    messagesPerSecond: spread(runs.map(rate)),
    rateRatio: ratios(runs.map(rate), base.map(rate)),
    cpuMicrosecondsPerMessage: spread(runs.map(cpu)),
    cpuRatio: ratios(runs.map(cpu), base.map(cpu)),
    childCpuMicrosecondsPerMessage: childCpu.length === 0 ? null : spread(childCpu),
    maxRssMegabytes: spread(runs.map(({ maxRssBytes }) => maxRssBytes / 1e6)),
    loopDelayP50Ms: medianOrNull(runs.map(({ loopDelayP50Ms }) => loopDelayP50Ms)),
    loopDelayP99Ms: medianOrNull(runs.map(({ loopDelayP99Ms }) => loopDelayP99Ms)),
  }
}

function medianOrNull(values: readonly (number | null)[]): number | null {
  const found = known(values)
  return found.length === 0 ? null : median(found)
}
