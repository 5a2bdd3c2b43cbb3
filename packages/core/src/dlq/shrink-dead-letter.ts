/** Dead-letter records for a log that refuses the full one because of its size (spec DLQ-12). Pure. */
import { createHash } from 'node:crypto'
import { clip, type DeadLetterRecord, type DeadLetterTask, type SourceDigest } from './dead-letter.ts'
import { decodeBytes, type EncodedBytes, type EncodedHeaders } from './encoded-bytes.ts'

/** Characters of one text in a reduced record: an error, an output, an argument, a label. */
const reducedCharacters = 2048
/** Characters of all arguments, of all labels, of all source values shown, and of all headers in it. */
const reducedListCharacters = 64 * 1024

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
 * The same record without what can be had elsewhere: source values, which the source topic holds as well and of which size and hash
 * stay, bodies, which the sink makes of the payload, and most of what a task was given and has written.
 */
export function reducedRecord(record: DeadLetterRecord): DeadLetterRecord {
  const { task, source } = record
  return {
    ...record,
    error: clip(record.error, reducedCharacters),
    source: { ...source, values: [], ...digestsOf(source.values), headers: reducedHeaders(source.headers) },
    original_payloads: record.payload_types === undefined ? clipAll(record.original_payloads) : record.original_payloads,
    ...(record.payload_bodies === undefined ? {} : { payload_bodies: record.payload_bodies.map(() => null) }),
    ...(task === undefined ? {} : { task: reducedTask(task) }),
    reduced: true,
  }
}

function reducedTask(task: DeadLetterTask): DeadLetterTask {
  const labels = Object.entries(task.labels)
  const values = clipAll(labels.map(([, value]) => value))
  return {
    ...task,
    exception: task.exception === null ? null : clip(task.exception, reducedCharacters),
    args: clipAll(task.args),
    labels: Object.fromEntries(labels.map(([name], index) => [name, values[index] ?? ''])),
    stdout: clip(task.stdout, reducedCharacters),
    stderr: clip(task.stderr, reducedCharacters),
  }
}

/** Each text cut so that all of them together stay below the limit. */
function clipAll(texts: readonly string[]): readonly string[] {
  const each = Math.min(reducedCharacters, Math.floor(reducedListCharacters / Math.max(1, texts.length)))
  return texts.map((text) => clip(text, each))
}

/** None when they are most of a record: the source topic has them. */
function reducedHeaders(headers: readonly EncodedHeaders[]): readonly EncodedHeaders[] {
  return JSON.stringify(headers).length <= reducedListCharacters ? headers : headers.map(() => [])
}

function digestsOf(values: readonly EncodedBytes[]): { readonly digests?: readonly (SourceDigest | null)[] } {
  return values.length === 0 ? {} : { digests: values.map(digestOf) }
}

function digestOf(value: EncodedBytes): SourceDigest | null {
  const bytes = decodeBytes(value)
  return bytes === null ? null : { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
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
