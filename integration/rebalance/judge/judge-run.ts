/** Pure: what has to hold for a whole run, whatever happened in it. */
import { deliveriesOf, duplicates, executionsOf, messageOf, overlapping, repeated } from './executions.ts'
import type { LedgerLine } from './ledger-line.ts'
import { lateWork, regressions, type LateWork } from './ownership.ts'

/** What the broker says of the topic and the group when the run is over. */
export interface Truth {
  /** Messages that must have been delivered, as `partition/offset`. */
  readonly expected: readonly string[]
  /** Per partition: the offset the group must have committed. */
  readonly ends: ReadonlyMap<number, number>
  readonly committed: ReadonlyMap<number, number>
}

export interface RunFigures {
  readonly messages: number
  readonly lost: number
  /** Delivered, although they are none of the messages: of aborted transactions, for one. */
  readonly strangers: number
  readonly duplicates: number
  readonly reexecuted: number
  /** Runs of a partition's tasks in two workers at once. */
  readonly overlapping: number
  readonly late: LateWork
  readonly commitRegressions: number
  /** Partitions whose committed offset is not the end. */
  readonly uncommitted: readonly number[]
}

export function judgeRun(lines: readonly LedgerLine[], truth: Truth): RunFigures {
  const executions = executionsOf(lines)
  const deliveries = deliveriesOf(lines)
  const delivered = new Set(deliveries.map((delivery) => messageOf(delivery)))
  const expected = new Set(truth.expected)
  return {
    messages: expected.size,
    lost: truth.expected.filter((message) => !delivered.has(message)).length,
    strangers: [...delivered].filter((message) => !expected.has(message)).length,
    duplicates: duplicates(deliveries).length,
    reexecuted: repeated(executions).length,
    overlapping: overlapping(executions).length,
    late: lateWork(lines, { executions, deliveries }),
    commitRegressions: regressions(lines),
    uncommitted: [...truth.ends]
      .filter(([partition, end]) => (truth.committed.get(partition) ?? 0) !== end)
      .map(([partition]) => partition),
  }
}
