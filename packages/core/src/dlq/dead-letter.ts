/**
 * The dead-letter record: seed 000's fields, and what a lossless replay needs besides (spec 16). Pure.
 */
import { inspect } from 'node:util'
import { errorMessage, jsonText } from '@drakkar/plugin-sdk'
import type { SourceMessage } from '../model/message.ts'
import type { ExecutorError, ExecutorResult } from '../model/task.ts'

/** Bytes in JSON: text when they are UTF-8, else base64 with a marker (spec DLQ-7). */
export type EncodedBytes = string | { readonly encoding: 'base64'; readonly data: string } | null

export interface DeadLetterSource {
  readonly topic: string
  readonly partition: number
  readonly offsets: readonly number[]
  readonly timestamps: readonly number[]
  readonly keys: readonly EncodedBytes[]
  readonly values: readonly EncodedBytes[]
  readonly headers: readonly (readonly (readonly [string, EncodedBytes])[])[]
}

/** Wire format: one JSON object per failed group, task or source message. */
export interface DeadLetterRecord {
  readonly schema_version: 2
  readonly dlq_id: string
  readonly original_payloads: readonly string[]
  readonly sink_name: string
  readonly sink_type: string
  readonly error: string
  readonly error_type: string
  readonly transient: boolean
  /** Unix seconds. */
  readonly timestamp: number
  readonly partition: number
  readonly attempt_count: number
  readonly worker_id: string
  readonly task_ids: readonly string[]
  readonly source: DeadLetterSource
  readonly task?: DeadLetterTask
  /** The log refused the full record: `source.values` is empty, the task's output is cut short. */
  readonly reduced?: true
}

export interface DeadLetterTask {
  readonly task_id: string
  readonly parent_task_id: string | null
  readonly args: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  readonly exit_code: number | null
  readonly kind: string
  readonly exception: string | null
  readonly stdout: string
  readonly stderr: string
}

export interface DeadLetterFacts {
  readonly id: string
  readonly workerId: string
  /** Unix milliseconds. */
  readonly nowMs: number
  /** Redacted. */
  readonly error: string
  readonly errorType: string
  readonly transient: boolean
  readonly attempts: number
  readonly topic: string
  readonly partition: number
  readonly messages: readonly SourceMessage[]
  readonly taskIds: readonly string[]
}

/** Characters of a task's output kept in its record, so that the record stays below a broker's usual limit of 1 MB. */
export const maxOutputCharacters = 128 * 1024

/** The record of payloads a sink did not take. */
export function payloadRecord(
  facts: DeadLetterFacts,
  sink: { type: string; name: string },
  payloads: readonly unknown[],
): DeadLetterRecord {
  return { ...common(facts), sink_type: sink.type, sink_name: sink.name, original_payloads: payloads.map(payloadText) }
}

/** The record of source messages that failed in a stage of the handler, e.g. `deserialize` or `arrange` (spec DLQ-11). */
export function sourceRecord(facts: DeadLetterFacts, stage: string): DeadLetterRecord {
  return {
    ...common(facts),
    sink_type: 'handler',
    sink_name: stage,
    original_payloads: facts.messages.map((message) => bytesText(message.value)),
  }
}

/** The record of a task that ended in failure, or whose result the handler could not use (spec HND-24). */
export function taskRecord(facts: DeadLetterFacts, stage: string, failed: ExecutorResult | ExecutorError): DeadLetterRecord {
  const result = 'result' in failed ? failed.result : failed
  const { task } = result
  return {
    ...sourceRecord(facts, stage),
    task: {
      task_id: task.taskId,
      parent_task_id: task.parentTaskId,
      args: task.args,
      labels: task.labels,
      exit_code: failed.exitCode,
      kind: 'kind' in failed ? failed.kind : 'completed',
      exception: 'exception' in failed ? failed.exception : null,
      stdout: clip(result.stdout),
      stderr: clip(failed.stderr),
    },
  }
}

/** Characters of a task's output in a reduced record. */
const reducedOutputCharacters = 2048

/**
 * The same record without what is in it twice: source values that `original_payloads` or the source topic hold as well,
 * and most of a task's output. For a log that refuses the full one because of its size.
 */
export function reducedRecord(record: DeadLetterRecord): DeadLetterRecord {
  const source = { ...record.source, values: [] }
  if (record.task === undefined) return { ...record, source, reduced: true }
  const { stdout, stderr } = record.task
  const task = { ...record.task, stdout: clip(stdout, reducedOutputCharacters), stderr: clip(stderr, reducedOutputCharacters) }
  return { ...record, source, task, reduced: true }
}

/** UTF-8 text when it survives the round trip, else base64 with a marker. */
export function encodeBytes(bytes: Uint8Array | null): EncodedBytes {
  if (bytes === null) return null
  const text = utf8(bytes)
  return text ?? { encoding: 'base64', data: Buffer.from(bytes).toString('base64') }
}

function common(facts: DeadLetterFacts): Omit<DeadLetterRecord, 'sink_type' | 'sink_name' | 'original_payloads'> {
  return {
    schema_version: 2,
    dlq_id: facts.id,
    error: facts.error,
    error_type: facts.errorType,
    transient: facts.transient,
    timestamp: facts.nowMs / 1000,
    partition: facts.partition,
    attempt_count: facts.attempts,
    worker_id: facts.workerId,
    task_ids: facts.taskIds,
    source: {
      topic: facts.topic,
      partition: facts.partition,
      offsets: facts.messages.map((message) => message.offset),
      timestamps: facts.messages.map((message) => message.timestamp),
      keys: facts.messages.map((message) => encodeBytes(message.key)),
      values: facts.messages.map((message) => (message.isTombstone ? null : encodeBytes(message.value))),
      headers: facts.messages.map((message) => message.headers.map(([name, value]) => [name, encodeBytes(value)] as const)),
    },
  }
}

/** As much of a value as people can read; nothing of the value's own code runs. */
const everything = { depth: 20, maxArrayLength: 10_000, maxStringLength: maxOutputCharacters, customInspect: false } as const

/** The whole payload as JSON text; what JSON cannot hold becomes its string form with a note (spec DLQ-6). */
function payloadText(payload: unknown): string {
  try {
    return jsonText(withEncodedBytes(payload))
  } catch (error) {
    return JSON.stringify({ serialization_error: errorMessage(error), text: inspect(payload, everything) })
  }
}

/** Byte arrays directly on the payload (a key, say) in their JSON form; deeper ones are the sink's own data. */
function withEncodedBytes(payload: unknown): unknown {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return payload
  const entries = Object.entries(payload)
  if (!entries.some(([, value]) => value instanceof Uint8Array)) return payload
  return Object.fromEntries(entries.map(([key, value]) => [key, value instanceof Uint8Array ? encodeBytes(value) : value]))
}

function bytesText(bytes: Uint8Array): string {
  return utf8(bytes) ?? Buffer.from(bytes).toString('base64')
}

function utf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}

function clip(text: string, limit = maxOutputCharacters): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}… [${text.length - limit} characters cut]`
}
