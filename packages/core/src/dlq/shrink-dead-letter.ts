/** Dead-letter records for a log that refuses the full one because of its size (spec DLQ-12). Pure. */
import { clip, type DeadLetterRecord } from './dead-letter.ts'

/** Characters of a task's output in a reduced record. */
const reducedOutputCharacters = 2048

/**
 * One record per payload, each with an id of its own (`<dlq_id>-<number>`). The source values are in the first, and in the others
 * unless they would be most of them. Null when there is nothing to split: one payload, or source messages, which belong together.
 */
export function splitRecord(record: DeadLetterRecord): Iterable<DeadLetterRecord> | null {
  return record.payload_types === undefined || record.original_payloads.length < 2 ? null : partsOf(record)
}

function* partsOf(record: DeadLetterRecord): Generator<DeadLetterRecord> {
  const valuesLength = JSON.stringify(record.source.values).length
  for (const index of record.original_payloads.keys()) {
    const part = { ...record, ...onlyPayload(record, index), dlq_id: `${record.dlq_id}-${index}`, split_of: record.dlq_id }
    const lean: DeadLetterRecord = { ...part, source: { ...record.source, values: [] }, reduced: true }
    yield index > 0 && JSON.stringify(lean).length < valuesLength ? lean : part
  }
}

/** It does not get any smaller: `reducedRecord` has been there. A part may have lost its source values only. */
export function isReduced(record: DeadLetterRecord): boolean {
  return record.reduced === true && (record.payload_bodies ?? []).every((body) => body === null)
}

/**
 * The same record without what can be had elsewhere: source values, which the source topic holds as well, bodies, which the
 * sink makes of the payload, and most of a task's output.
 */
export function reducedRecord(record: DeadLetterRecord): DeadLetterRecord {
  const { task } = record
  return {
    ...record,
    source: { ...record.source, values: [] },
    ...(record.payload_bodies === undefined ? {} : { payload_bodies: record.payload_bodies.map(() => null) }),
    ...(task === undefined
      ? {}
      : { task: { ...task, stdout: clip(task.stdout, reducedOutputCharacters), stderr: clip(task.stderr, reducedOutputCharacters) } }),
    reduced: true,
  }
}

const perPayload = [
  'original_payloads',
  'payload_ids',
  'payload_types',
  'payload_bodies',
  'payload_keys',
  'payload_headers',
  'payload_values',
  'serialization_errors',
] as const

function onlyPayload(record: DeadLetterRecord, index: number): Partial<DeadLetterRecord> {
  const lists = perPayload.flatMap((name) => {
    const list: readonly unknown[] | undefined = record[name]
    return list === undefined ? [] : [[name, list.slice(index, index + 1)] as const]
  })
  return Object.fromEntries(lists)
}
