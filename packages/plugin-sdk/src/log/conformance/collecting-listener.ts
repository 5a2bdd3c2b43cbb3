/**
 * A `ConsumerListener` that writes down everything it is told, for the conformance suite and for tests of whatever
 * stands on the log port.
 */
import type { LogError } from '../../errors.ts'
import type { Assignment, CommitRequest, ConsumerListener, LogRecord } from '../log.ts'
import { waitUntil } from './wait-until.ts'

/** A record as it arrived: the bytes are copies, `epoch` is the assignment it arrived in. */
export interface CollectedRecord extends LogRecord {
  readonly epoch: number
}

export type ListenerEvent =
  | { readonly type: 'assign'; readonly partitions: readonly number[] }
  | { readonly type: 'revoke'; readonly partitions: readonly number[] }
  | { readonly type: 'lost'; readonly partitions: readonly number[] }
  | { readonly type: 'rebalancing' }
  | { readonly type: 'records'; readonly partition: number; readonly count: number }
  | { readonly type: 'error'; readonly code: string; readonly kind: string }

export interface CollectingListenerOptions {
  /** Ends a `waitFor` that hangs, in milliseconds. Default 15 000. */
  readonly deadlineMs?: number
  /** Runs inside `onRevoke` and is awaited there; the partitions are still assigned. */
  readonly whileRevoking?: (partitions: readonly number[]) => Promise<void>
  /** Runs inside `onRebalancing`. */
  readonly whenRebalancing?: () => void
  /** Runs at the end of each `onRecords`. */
  readonly whenRecords?: (partition: number, records: readonly LogRecord[]) => void
}

/** Values of a record as text; null stays null. */
export function textOf(record: LogRecord): string | null {
  return record.value === null ? null : Buffer.from(record.value).toString()
}

export class CollectingListener implements ConsumerListener {
  readonly records: CollectedRecord[] = []
  readonly events: ListenerEvent[] = []
  readonly errors: LogError[] = []
  /** What is ours at the moment. */
  readonly assigned = new Map<number, Assignment>()
  readonly #options: CollectingListenerOptions

  constructor(options: CollectingListenerOptions = {}) {
    this.#options = options
  }

  onRecords(partition: number, records: readonly LogRecord[]): void {
    const epoch = this.assigned.get(partition)?.epoch ?? Number.NaN
    for (const record of records) this.records.push(copyRecord(record, epoch))
    this.events.push({ type: 'records', partition, count: records.length })
    this.#options.whenRecords?.(partition, records)
  }

  onAssign(assignments: readonly Assignment[]): void {
    for (const assignment of assignments) this.assigned.set(assignment.partition, assignment)
    this.events.push({ type: 'assign', partitions: assignments.map(({ partition }) => partition) })
  }

  async onRevoke(partitions: readonly number[]): Promise<void> {
    this.events.push({ type: 'revoke', partitions })
    await this.#options.whileRevoking?.(partitions)
    for (const partition of partitions) this.assigned.delete(partition)
  }

  onLost(partitions: readonly number[]): void {
    for (const partition of partitions) this.assigned.delete(partition)
    this.events.push({ type: 'lost', partitions })
  }

  onRebalancing(): void {
    this.events.push({ type: 'rebalancing' })
    this.#options.whenRebalancing?.()
  }

  onError(error: LogError): void {
    this.errors.push(error)
    this.events.push({ type: 'error', code: error.code, kind: error.kind })
  }

  /** Offsets of one partition in the order of arrival, repetitions included. */
  offsets(partition: number): number[] {
    return this.records.filter((record) => record.partition === partition).map(({ offset }) => offset)
  }

  /** Values as text in the order of arrival; of one partition when it is given. */
  values(partition?: number): (string | null)[] {
    return this.records.filter((record) => partition === undefined || record.partition === partition).map(textOf)
  }

  /** Partitions that are ours at the moment, ascending. */
  partitions(): number[] {
    return [...this.assigned.keys()].toSorted((a, b) => a - b)
  }

  /** What to commit when everything that arrived in the present assignments is settled. */
  settled(partitions: readonly number[] = this.partitions()): CommitRequest[] {
    return partitions.flatMap((partition) => {
      const epoch = this.assigned.get(partition)?.epoch
      const last = this.records.findLast((record) => record.partition === partition && record.epoch === epoch)
      return epoch === undefined || last === undefined ? [] : [{ partition, epoch, offset: last.offset + 1 }]
    })
  }

  /** The commit of one partition at one offset, with the present epoch. Throws when the partition is not ours. */
  request(partition: number, offset: number): CommitRequest {
    const assignment = this.assigned.get(partition)
    if (assignment === undefined) throw new Error(`partition ${partition} is not assigned`)
    return { partition, epoch: assignment.epoch, offset }
  }

  /** Resolves when `condition` holds; rejects at the deadline with what has been collected so far. */
  async waitFor(what: string, condition: (listener: this) => boolean): Promise<void> {
    await waitUntil(() => condition(this), {
      what,
      deadlineMs: this.#options.deadlineMs ?? 15_000,
      describe: () =>
        `${this.records.length} records, assigned [${this.partitions().join()}], events ${JSON.stringify(this.events.slice(-8))}`,
    })
  }
}

export function collectingListener(options: CollectingListenerOptions = {}): CollectingListener {
  return new CollectingListener(options)
}

function copyRecord(record: LogRecord, epoch: number): CollectedRecord {
  return {
    ...record,
    epoch,
    key: record.key === null ? null : Uint8Array.from(record.key),
    value: record.value === null ? null : Uint8Array.from(record.value),
    headers: record.headers.map(([name, value]) => [name, Uint8Array.from(value)] as const),
  }
}
