/**
 * The dead-letter record: seed 000's fields, and what a lossless replay needs besides (spec 16). Pure.
 */
import type { SourceMessage } from '../model/message.ts'
import type { ExecutorError, ExecutorResult } from '../model/task.ts'
import { base64, encodeBytes, encodeHeaders, utf8Text, type EncodedBytes, type EncodedHeaders } from './encoded-bytes.ts'
import { payloadFields, type DeadPayload, type PayloadFields } from './payload-fields.ts'

export interface DeadLetterSource {
  readonly topic: string
  readonly partition: number
  readonly offsets: readonly number[]
  readonly timestamps: readonly number[]
  readonly keys: readonly EncodedBytes[]
  /** Null for a tombstone. Empty list in a reduced record. */
  readonly values: readonly EncodedBytes[]
  readonly headers: readonly EncodedHeaders[]
  /** Of a reduced record: what each value left out was; null for a tombstone. */
  readonly digests?: readonly (SourceDigest | null)[]
}

export interface SourceDigest {
  readonly bytes: number
  /** Hexadecimal. */
  readonly sha256: string
}

/**
 * Wire format: one JSON object per failed group, task or source message. The lists of `PayloadFields` beside
 * `original_payloads` are there when a sink did not take payloads, and absent when the handler failed.
 */
export interface DeadLetterRecord extends Partial<PayloadFields> {
  readonly schema_version: 2
  readonly dlq_id: string
  /** Id of the record this one is a part of: it was too large for the log as a whole (spec DLQ-12). */
  readonly split_of?: string
  readonly original_payloads: readonly string[]
  /** With `sink_type: handler`: the stage that failed, e.g. `deserialize`, `arrange`, `task`. */
  readonly sink_name: string
  readonly sink_type: string
  /** Redacted. */
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
  /**
   * The log refused the full record: source values are left out, and, unless that is enough for a part, payload bodies; the task's
   * output, arguments and labels, and `original_payloads` of source messages are cut short, very large headers left out.
   */
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
  sink: { readonly type: string; readonly name: string },
  payloads: readonly DeadPayload[],
): DeadLetterRecord {
  return { ...common(facts), sink_type: sink.type, sink_name: sink.name, ...payloadFields(payloads) }
}

/** The record of source messages that failed in a stage of the handler, e.g. `deserialize` or `arrange` (spec DLQ-11). */
export function sourceRecord(facts: DeadLetterFacts, stage: string): DeadLetterRecord {
  return {
    ...common(facts),
    sink_type: 'handler',
    sink_name: stage,
    original_payloads: facts.messages.map(({ value }) => utf8Text(value) ?? base64(value)),
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
      stdout: clip(result.stdout, maxOutputCharacters),
      stderr: clip(failed.stderr, maxOutputCharacters),
    },
  }
}

/** Text cut to `limit` characters, with a note of how much is missing. */
export function clip(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}… [${text.length - limit} characters cut]`
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
      headers: facts.messages.map((message) => encodeHeaders(message.headers)),
    },
  }
}
