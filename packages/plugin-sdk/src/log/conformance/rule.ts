/** What a conformance rule is, and what an implementation tells the suite about itself. */
import type { MessageLog } from '../log.ts'
import type { Kit } from './kit.ts'

/** The test runner's `it`. */
export interface ConformanceIt {
  (name: string, run: () => Promise<void>, timeoutMs?: number): unknown
  readonly skip: (name: string, run: () => Promise<void>) => unknown
}

export type Codec = 'gzip' | 'snappy' | 'lz4' | 'zstd'

export interface LogConformanceOptions {
  /** A handle onto empty storage, or onto a shared broker: topics and groups have names that are unique to the case. */
  readonly open: () => Promise<MessageLog>
  /** Another handle onto the storage of `log`, as another process would have. */
  readonly reopen: (log: MessageLog) => Promise<MessageLog>
  /** Several consumers of one group share the partitions of a topic. */
  readonly groups: boolean
  /** A moving partition is handed over through an awaited `onRevoke`, so that nothing is delivered twice. Default: false. */
  readonly gracefulHandOver?: boolean
  /** Writes the values to partition 0 in one batch with that compression. Absent: the log has no codecs. */
  readonly produceCompressed?: (topic: string, codec: Codec, values: readonly string[]) => Promise<void>
  /** Ends the broker with that signal and starts it again. Absent: there is no broker, or not in this run. */
  readonly restartBroker?: (signal: 'SIGTERM' | 'SIGKILL') => Promise<void>
  /** Ends a wait that hangs, in milliseconds. Default 15 000. */
  readonly deadlineMs?: number
  /** Rules this implementation cannot follow, with the reason: `{ 'LOG-31': 'no retention' }`. */
  readonly skip?: Readonly<Record<string, string>>
}

export interface Rule {
  /** `LOG-01`. Stable: a number is never given to another rule. */
  readonly id: string
  readonly title: string
  /** Why the rule does not apply, or null when it does. Absent: applies always. */
  readonly needs?: (options: LogConformanceOptions) => string | null
  run(kit: Kit): Promise<void>
}

export const needsGroups: NonNullable<Rule['needs']> = (options) => (options.groups ? null : 'one consumer at a time')
export const needsCodecs: NonNullable<Rule['needs']> = (options) => (options.produceCompressed === undefined ? 'no codecs' : null)
export const needsBroker: NonNullable<Rule['needs']> = (options) => (options.restartBroker === undefined ? 'no broker to restart' : null)
export const needsHandOver: NonNullable<Rule['needs']> = (options) =>
  needsGroups(options) ?? (options.gracefulHandOver === true ? null : 'no awaited hand-over')
