/** Dead letters counted by sink and kind of error (`drakkar dlq ls`). Pure. */
import type { ReadableEntry } from './dead-letter-entry.ts'
import { errorFingerprint } from './error-fingerprint.ts'

export interface DeadLetterGroup {
  readonly sinkType: string
  readonly sinkName: string
  readonly fingerprint: string
  readonly count: number
  /** Payloads in all of them. */
  readonly payloads: number
  /** Times of failures, Unix milliseconds. */
  readonly firstMs: number
  readonly lastMs: number
  /** The latest one. */
  readonly example: { readonly partition: number; readonly offset: number; readonly error: string }
}

/** Grows by one entry per `add`; holds no entries. */
export interface DeadLetterGroups {
  add(entry: ReadableEntry): void
  /** The largest first. */
  sorted(): readonly DeadLetterGroup[]
}

export function deadLetterGroups(): DeadLetterGroups {
  const groups = new Map<string, DeadLetterGroup>()
  return {
    add(entry) {
      const one = groupOf(entry)
      const key = JSON.stringify([one.sinkType, one.sinkName, one.fingerprint])
      const group = groups.get(key)
      groups.set(key, group === undefined ? one : joined(group, one))
    },
    sorted: () => [...groups.values()].toSorted((a, b) => b.count - a.count || b.lastMs - a.lastMs),
  }
}

function groupOf({ partition, offset, record }: ReadableEntry): DeadLetterGroup {
  const failedAtMs = record.timestamp * 1000
  return {
    sinkType: record.sink_type,
    sinkName: record.sink_name,
    fingerprint: errorFingerprint(record.error),
    count: 1,
    payloads: record.original_payloads.length,
    firstMs: failedAtMs,
    lastMs: failedAtMs,
    example: { partition, offset, error: record.error },
  }
}

function joined(group: DeadLetterGroup, one: DeadLetterGroup): DeadLetterGroup {
  return {
    ...group,
    count: group.count + one.count,
    payloads: group.payloads + one.payloads,
    firstMs: Math.min(group.firstMs, one.firstMs),
    lastMs: Math.max(group.lastMs, one.lastMs),
    example: one.lastMs >= group.lastMs ? one.example : group.example,
  }
}
