/** Dead letters as a test wants to read them. */
import type { DeadLetterRecord } from '../dlq/dead-letter.ts'
import { parseDeadLetter } from '../dlq/read-dead-letter.ts'
import { HandlerTestError } from './handler-test-error.ts'

export interface DeadLettered {
  /** `type/name` of the sink that did not take the payloads; null when the handler failed. */
  readonly sink: string | null
  /** Where the handler failed, e.g. `deserialize`, `arrange`, `task`, `on_task_complete`; null when a sink did. */
  readonly stage: string | null
  readonly error: string
  readonly attempts: number
  readonly partition: number
  /** Of the source messages. */
  readonly offsets: readonly number[]
  /** What the sink did not take, or the values of the source messages: JSON parsed, anything else as text. */
  readonly payloads: readonly unknown[]
  /** The record as it is in the dead-letter topic. */
  readonly record: DeadLetterRecord
}

export function deadLettered(value: Uint8Array | null): DeadLettered {
  const parsed = parseDeadLetter(value)
  if (!parsed.ok || parsed.record.schema_version !== 2) throw new HandlerTestError('what was sent to the dead-letter log is no dead letter')
  const { record } = parsed
  const isHandler = record.sink_type === 'handler'
  return {
    sink: isHandler ? null : `${record.sink_type}/${record.sink_name}`,
    stage: isHandler ? record.sink_name : null,
    error: record.error,
    attempts: record.attempt_count,
    partition: record.partition,
    offsets: record.source.offsets,
    payloads: record.original_payloads.map(jsonOrText),
    record,
  }
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // A payload need not be JSON: it is shown as it is.
    return text
  }
}
