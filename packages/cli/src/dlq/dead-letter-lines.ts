/** One dead letter for people. Pure. */
import type { AnyDeadLetterRecord, DeadLetterEntry } from '@drakkar/core'
import { visibleText } from './visible-text.ts'

type CurrentRecord = Extract<AnyDeadLetterRecord, { readonly schema_version: 2 }>
type Field = readonly [name: string, value: string]
type Encoded = CurrentRecord['source']['keys'][number]

export function deadLetterLines(entry: DeadLetterEntry, topic: string): readonly string[] {
  const title = `Entry ${entry.partition}:${entry.offset} of ${topic}, stored ${new Date(entry.storedAtMs).toISOString()}`
  if (!entry.parsed.ok) {
    const value = entry.value === null ? 'no value' : visibleText(Buffer.from(entry.value).toString(), { lines: true })
    return [title, ...aligned([['no dead letter', entry.parsed.reason]]), '', 'Value', ...indented(value)]
  }
  const { record } = entry.parsed
  const details = record.schema_version === 2 ? detailLines(record) : []
  return [title, ...aligned(facts(record)), ...payloadLines(record), ...details]
}

function facts(record: AnyDeadLetterRecord): readonly Field[] {
  const common: readonly Field[] = [
    ['sink', `${record.sink_type}/${record.sink_name}`],
    ['error', record.error],
    ['failed at', timeText(record.timestamp)],
    ['attempts', String(record.attempt_count)],
  ]
  if (record.schema_version === 1) return [...common, ['source partition', String(record.partition)], ['schema', '1 (py-drakkar)']]
  const { source } = record
  const offsets = source.offsets.length === 0 ? 'no message' : `offset ${source.offsets.join(', ')}`
  return [
    ['dlq_id', record.dlq_id],
    ...common,
    ['error type', `${record.error_type}${record.transient ? ', transient' : ''}`],
    ['source', `${source.topic}[${source.partition}] ${offsets}`],
    ['worker', record.worker_id],
    ...(record.task_ids.length > 0 ? [['tasks', record.task_ids.join(', ')] as const] : []),
    ...(record.split_of === undefined ? [] : [['part of', record.split_of] as const]),
    ...(record.reduced === true ? [['reduced', 'the log had refused the whole record for its size'] as const] : []),
  ]
}

function payloadLines(record: AnyDeadLetterRecord): readonly string[] {
  const total = record.original_payloads.length
  return record.original_payloads.flatMap((payload, index) => {
    const id = record.schema_version === 2 ? record.payload_ids?.[index] : undefined
    const why = record.schema_version === 2 ? (record.serialization_errors?.[index] ?? null) : null
    const title = `Payload ${index + 1} of ${total}${id === undefined ? '' : `, id ${id}`}${why === null ? '' : `, not written whole: ${why}`}`
    return ['', visibleText(title), ...indented(prettyJson(payload))]
  })
}

function detailLines(record: CurrentRecord): readonly string[] {
  const { source, task } = record
  const messages = source.offsets.flatMap((offset, index) => {
    const headers = (source.headers[index] ?? []).map(([name, value]): Field => [`header ${name}`, encodedText(value)])
    const value = source.values.length === 0 ? 'left out' : encodedText(source.values[index] ?? null)
    const fields: readonly Field[] = [['key', encodedText(source.keys[index] ?? null)], ...headers, ['value', value]]
    return ['', `Source message ${source.topic}[${source.partition}] offset ${offset}`, ...aligned(fields)]
  })
  if (task === undefined) return messages
  const fields: readonly Field[] = [
    ['id', task.task_id],
    ['args', JSON.stringify(task.args)],
    ['outcome', `${task.kind}${task.exit_code === null ? '' : `, exit code ${task.exit_code}`}`],
    ...(task.exception === null ? [] : [['exception', task.exception] as const]),
  ]
  const streams = (['stdout', 'stderr'] as const).filter((name) => task[name] !== '')
  const outputs = streams.flatMap((name) => ['', `Task ${name}`, ...indented(visibleText(task[name].trimEnd(), { lines: true }))])
  return [...messages, '', 'Task', ...aligned(fields), ...outputs]
}

function encodedText(value: Encoded): string {
  if (value === null) return 'null'
  return typeof value === 'string' ? value : `base64 ${value.data}`
}

function prettyJson(text: string): string {
  try {
    return visibleText(JSON.stringify(JSON.parse(text), null, 2), { lines: true })
  } catch {
    // Whatever it is, it is shown as it is.
    return visibleText(text, { lines: true })
  }
}

function aligned(fields: readonly Field[]): readonly string[] {
  const width = Math.max(...fields.map(([name]) => name.length))
  return fields.map(([name, value]) => `  ${visibleText(name).padEnd(width)}  ${visibleText(value)}`)
}

function indented(text: string): readonly string[] {
  return text.split('\n').map((line) => `  ${line}`)
}

function timeText(seconds: number): string {
  const ms = seconds * 1000
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : String(seconds)
}
