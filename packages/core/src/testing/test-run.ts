/** What a run leaves behind, for a test to look at. */
import type { SinkPayloadMap } from '@drakkar/plugin-sdk'
import type { RunSummary } from '../app.ts'
import type { DeadLettered } from './dead-lettered.ts'
import type { Executed } from './execution-record.ts'
import type { Delivered } from './memory-sinks.ts'
import type { AppLogEntry } from './recording-app-logger.ts'

export interface TestRecord {
  /** Payloads that arrived, in order; twice when delivered twice. */
  readonly delivered: readonly Delivered[]
  /** In the order of the dead-letter log. */
  readonly deadLettered: readonly DeadLettered[]
  /** Partition → committed offset: the next to be processed. Partitions without one are absent. */
  readonly committed: ReadonlyMap<number, number>
  /** Programs in the order of their starts, retries included. */
  readonly executed: readonly Executed[]
  readonly logs: readonly AppLogEntry[]
  /** Virtual time since the beginning. */
  readonly seconds: number
  /** The payloads that arrived of one list of the handler's results, e.g. `payloads('files')`. */
  payloads<K extends keyof SinkPayloadMap>(list: K): readonly SinkPayloadMap[K][]
  payloads(list: string): readonly unknown[]
  /** The SERVE answer with this request id, null when there is none. Needs `serving.store`. */
  served(requestId: string): Promise<Uint8Array | null>
}

export interface HandlerRun extends TestRecord {
  /** 0: drained; 5: something was given up at the stop. */
  readonly exitCode: RunSummary['exitCode']
}
