/** What a race is: contenders that do the same work on the same data, each run in a process of its own. */
import type { Measurement } from './measurement.ts'

/** The process of one run. It prints one `Measurement` as its last line of output and ends with code 0. */
export interface Run {
  readonly command: string
  readonly args: readonly string[]
  /** Rejects when the run did not do the work it claims. */
  verify(measurement: Measurement): Promise<void>
}

export interface Contender {
  readonly name: string
  /** One line for the reader of the table: which program, which settings. */
  readonly about: string
  /** Prepares one run on fresh state; `id` is different for each. */
  prepare(id: string): Promise<Run>
}

export interface LeftOut {
  readonly name: string
  readonly reason: string
}

/** A race with its data in place. */
export interface OpenRace {
  /** The first one is the limit or peer that the others are compared with. */
  readonly contenders: readonly Contender[]
  readonly leftOut: readonly LeftOut[]
  close(): Promise<void>
}

export interface RaceContext {
  /** Messages per run. */
  readonly messages: number
  /** Empty folder for the race's files, removed afterwards. */
  readonly folder: string
  /** Address of a broker. Rejects when none can be had. */
  kafka(): Promise<string>
}

export interface Race {
  readonly name: string
  readonly title: string
  /** What is done and between which two moments it is measured. */
  readonly about: string
  readonly defaultMessages: number
  open(context: RaceContext): Promise<OpenRace>
}
