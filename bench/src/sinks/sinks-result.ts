/** The races of all sinks and batch sizes as one result. Pure. */
import type { Machine } from '../machine.ts'
import type { LeftOut } from '../race.ts'
import type { ContenderResult, RaceResult } from '../result.ts'
import { median, ratios, type Spread } from '../statistics.ts'
import { sinkCases, type SinkName } from './sink-cases.ts'
import type { SinkContender } from './sink-race.ts'

export interface SinkRaceResult {
  readonly sink: SinkName
  readonly server: string
  readonly batch: number
  readonly result: RaceResult
}

export interface SinkRow {
  readonly sink: SinkName
  readonly batch: number
  readonly payloads: number
  readonly bare: WayFigures
  /** One payload per result. */
  readonly drakkar: WayFigures
  /** A batch per result. Null at batches of 1. */
  readonly grouped: WayFigures | null
  readonly origin: WayFigures | null
  /** Rate of Drakkar over that of the origin's way in the same round. */
  readonly overOrigin: Spread | null
}

export interface WayFigures {
  readonly perSecond: Spread
  /** Rate over that of the bare driver in the same round. */
  readonly ofBare: Spread
  readonly cpuMicroseconds: Spread
  readonly meanBatch: number | null
  readonly loopDelayP50Ms: number | null
  readonly loopDelayP99Ms: number | null
}

export interface SinksResult {
  readonly race: 'sinks'
  /** ISO 8601. */
  readonly at: string
  readonly rounds: number
  readonly machine: Machine
  readonly servers: Readonly<Partial<Record<SinkName, string>>>
  readonly rows: readonly SinkRow[]
  /** One line for each figure below its aim. */
  readonly missed: readonly string[]
  readonly leftOut: readonly LeftOut[]
  readonly races: readonly RaceResult[]
}

/** Of the bare driver, at batches of this many and more. */
const aimOfBare = 0.8
const aimFromBatch = 100
/** Times the origin's way, where the server takes batches. */
const aimOverOrigin = 5

/** Throws when there is nothing. */
export function createSinksResult(races: readonly SinkRaceResult[], leftOut: readonly LeftOut[]): SinksResult {
  const [first] = races
  const last = races.at(-1)
  if (first === undefined || last === undefined) throw new Error('no sink has a result')
  const rows = races.map(rowOf)
  const { rounds, machine } = first.result
  return {
    race: 'sinks',
    at: last.result.at,
    rounds,
    machine: { ...machine, loadAverage: { before: machine.loadAverage.before, after: last.result.machine.loadAverage.after } },
    servers: Object.fromEntries(races.map(({ sink, server }) => [sink, server])),
    rows,
    missed: rows.flatMap(missedAims),
    leftOut,
    races: races.map(({ result }) => result),
  }
}

/** Aims that the row's medians do not reach. */
function missedAims({ sink, batch, drakkar, grouped, overOrigin }: SinkRow): readonly string[] {
  if (batch < aimFromBatch) return []
  const ofBare = [
    { name: 'drakkar', figures: drakkar },
    { name: 'drakkar-grouped', figures: grouped },
  ].flatMap(({ name, figures }) =>
    figures === null || figures.ofBare.median >= aimOfBare
      ? []
      : [`${sink} at ${batch}: ${name} ${figures.ofBare.median.toFixed(2)} of the bare driver, aim ${aimOfBare}`],
  )
  const isSlow = sinkCases[sink].takesBatches && overOrigin !== null && overOrigin.median < aimOverOrigin
  return isSlow ? [...ofBare, `${sink} at ${batch}: ${overOrigin.median.toFixed(1)} times the origin's way, aim ${aimOverOrigin}`] : ofBare
}

function rowOf({ sink, batch, result }: SinkRaceResult): SinkRow {
  const find = (name: SinkContender) => result.contenders.find((contender) => contender.name === name)
  const bare = find('bare')
  const drakkar = find('drakkar')
  if (bare === undefined || drakkar === undefined) throw new Error(`${sink} at ${batch} lacks a contender`)
  const grouped = find('drakkar-grouped')
  const origin = find('origin')
  return {
    sink,
    batch,
    payloads: result.messages,
    bare: figuresOf(bare),
    drakkar: figuresOf(drakkar),
    grouped: grouped === undefined ? null : figuresOf(grouped),
    origin: origin === undefined ? null : figuresOf(origin),
    overOrigin: origin === undefined ? null : ratios(ratesOf(drakkar), ratesOf(origin)),
  }
}

function ratesOf({ runs }: ContenderResult): readonly number[] {
  return runs.map(({ messages, seconds }) => messages / seconds)
}

function figuresOf(contender: ContenderResult): WayFigures {
  const {
    messagesPerSecond: perSecond,
    rateRatio: ofBare,
    cpuMicrosecondsPerMessage: cpuMicroseconds,
    loopDelayP50Ms,
    loopDelayP99Ms,
  } = contender
  const batches = contender.runs.map(({ meanBatch }) => meanBatch).filter((size) => size !== null)
  return { perSecond, ofBare, cpuMicroseconds, meanBatch: batches.length === 0 ? null : median(batches), loopDelayP50Ms, loopDelayP99Ms }
}
