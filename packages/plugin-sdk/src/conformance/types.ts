/** What a sink author gives to the conformance kit. */
import type { SinkDefinition } from '../define-sink.ts'
import type { WireForm } from '../sink.ts'
import type { SinkRule } from './rules.ts'

type Hook<T> = (target: T) => Promise<void> | void

/**
 * `T` is whatever stands for the target in the author's test: a fake, a directory, a client of the real service. A case
 * whose hook is missing is skipped, with the reason in the report.
 */
export interface SinkConformanceOptions<T> {
  /** The sink. As a function when each target needs its own, e.g. one made with a fake client. */
  readonly definition: SinkDefinition | ((target: T) => SinkDefinition)
  /** A fresh, empty, reachable target; called for every case. */
  readonly createTarget: () => Promise<T> | T
  /** Configuration of an instance that uses the target, as it would stand under `sinks.<type>.<instance>`. */
  readonly config: object | ((target: T) => object)
  /** Valid payloads: at least two, all different. */
  readonly samples: readonly object[]
  /** What is in the target now, in order of arrival, each entry in the shape of the sample it came from. */
  readonly probe?: (target: T) => Promise<readonly unknown[]> | readonly unknown[]
  /** What would survive a crash, in the same shape. */
  readonly probeDurable?: (target: T) => Promise<readonly unknown[]> | readonly unknown[]
  /** The bytes the target was sent, in order of arrival: `key` and `headers` as far as it keeps them. */
  readonly probeWire?: (target: T) => Promise<readonly WireForm[]> | readonly WireForm[]
  /** Lets time pass for the answers in the serving store: at least so many seconds. A second hand, or a real wait of 1 s. */
  readonly passTime?: (target: T, seconds: number) => Promise<void> | void
  /** Different payload number `index`, for the large batch. Default: the samples in turn. */
  readonly sampleNumber?: (index: number) => object
  /** Values that the payload schema must refuse, besides null. */
  readonly invalidPayloads?: readonly unknown[]
  /** Valid for the schema, refused by the target. */
  readonly refusedSample?: object
  /** Two different valid payloads of one line, for an ordered sink whose `samples` have none. */
  readonly lineSamples?: readonly [object, object]
  /** From here on the target fails this payload for a passing reason, e.g. a lock, and takes any other. */
  readonly failForNow?: (target: T, payload: object) => Promise<void> | void
  /**
   * Of a line the target keeps only what came last, as a key-value store does. What it took too early is then no harm, as long as
   * it was answered as failed: it comes again behind the payload that it overtook. Default false.
   */
  readonly keepsLastOfLine?: boolean
  /** From here on nothing reaches the target; a connection that exists is lost. */
  readonly makeUnreachable?: Hook<T>
  readonly makeReachable?: Hook<T>
  /** From here on the target does not answer, until `unstall`. */
  readonly stall?: Hook<T>
  readonly unstall?: Hook<T>
  /** The next flush cannot be made. */
  readonly failFlush?: Hook<T>
  /** Connections, files and the like that the sink holds now. */
  readonly openHandles?: (target: T) => Promise<number> | number
  /** Called after every case, whatever became of it. */
  readonly disposeTarget?: Hook<T>
  /** Rules that this sink cannot keep, each with the reason. */
  readonly skip?: Partial<Record<SinkRule, string>>
  /** Longest time a call may take after its signal aborted. Default 2000. */
  readonly abortWithinMs?: number
  /** Longest time anything may take; it only ends a hang. Default 10 000. */
  readonly deadlineMs?: number
}

/** Of the runner's `it`: vitest and `node:test` have it. */
export type ConformanceIt = (title: string, run: (test: { skip(reason?: string): void }) => Promise<void>) => unknown

export type CaseOutcome = { readonly status: 'passed' } | { readonly status: 'skipped'; readonly reason: string }
