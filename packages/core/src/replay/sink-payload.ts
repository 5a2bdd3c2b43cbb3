/** The payloads of a dead letter as a sink takes them: what routing did to them when they were fresh, done again. Pure. */
import type { CompiledSchema, DeliveryItem, TraceContext } from '@drakkar/plugin-sdk'
import { decodeBytes } from '../dlq/encoded-bytes.ts'
import { revivePayload } from '../dlq/revive-payload.ts'
import type { ReadableEntry } from './dead-letter-entry.ts'

export type SinkPayloads =
  | { readonly ok: true; readonly items: readonly DeliveryItem<unknown>[] }
  | { readonly ok: false; readonly reason: string }

export interface SinkPayloadOptions {
  /** Of the sink's payload. */
  readonly schema: CompiledSchema<unknown>
  /** Dead-letter topic, for ids of payloads that have none. */
  readonly topic: string
  readonly sourceTopic: string
}

/** All payloads of the entry, under the ids they had, or none of them. */
export function sinkPayloads(entry: ReadableEntry, options: SinkPayloadOptions): SinkPayloads {
  const { record } = entry
  const total = record.original_payloads.length
  if (total === 0) return { ok: false, reason: 'it holds no payload' }
  const items: DeliveryItem<unknown>[] = []
  for (let index = 0; index < total; index += 1) {
    const revived = revivePayload(record, index)
    if (!revived.ok) return { ok: false, reason: `payload ${index + 1} of ${total}: ${revived.reason}` }
    const found = acceptedForm(revived.payload, { list: listOf(entry, index), schema: options.schema })
    if (!found.ok) return { ok: false, reason: `payload ${index + 1} of ${total}: ${found.reason}` }
    items.push({ id: idOf(entry, index, options.topic), payload: found.payload, attempt: 0, source: sourceOf(entry, options.sourceTopic) })
  }
  return { ok: true, items }
}

type Found = { readonly ok: true; readonly payload: unknown } | { readonly ok: false; readonly reason: string }

/** Without the addressing fields; of an entry of a `custom` list its `data`. Old records do not say which list it was. */
function acceptedForm(
  original: unknown,
  { list, schema }: { readonly list: string | null; readonly schema: CompiledSchema<unknown> },
): Found {
  if (typeof original !== 'object' || original === null) return { ok: false, reason: 'it is not an object' }
  const members: Readonly<Record<string, unknown>> = Object.fromEntries(Object.entries(original))
  const { sink: _sink, payloadId: _payloadId, ...plain } = members
  const inner = 'data' in members ? [members['data']] : []
  const forms = list === 'custom' ? inner : list === null ? [plain, ...inner] : [plain]
  const payload = forms.find((form) => schema.check(form))
  if (payload !== undefined) return { ok: true, payload }
  const [issue] = schema.issues(forms[0])
  return { ok: false, reason: `the sink does not take it any more: ${issue?.path ?? ''} ${issue?.message ?? ''}`.trimEnd() }
}

function listOf({ record }: ReadableEntry, index: number): string | null {
  return record.schema_version === 2 ? (record.payload_types?.[index] ?? null) : null
}

/** Made up from the place of the entry, it is the same in every replay. */
function idOf({ record, partition, offset }: ReadableEntry, index: number, topic: string): string {
  const id = record.schema_version === 2 ? record.payload_ids?.[index] : undefined
  return id ?? `dlq-${topic}-${partition}-${offset}-${index}`
}

function sourceOf({ record }: ReadableEntry, sourceTopic: string): DeliveryItem<unknown>['source'] {
  if (record.schema_version === 1) return { topic: sourceTopic, partition: record.partition, offsets: [], timestamps: [] }
  const { topic, partition, offsets, timestamps } = record.source
  return { topic, partition, offsets, timestamps }
}

/** W3C trace context of the first source message that carries one. */
export function traceOf({ record }: ReadableEntry): TraceContext | undefined {
  const lists = record.schema_version === 2 ? record.source.headers : []
  for (const headers of lists) {
    const text = (name: string): string | undefined => {
      const found = headers.find(([key]) => key.toLowerCase() === name)
      return found === undefined ? undefined : decodeBytes(found[1])?.toString()
    }
    const traceparent = text('traceparent')
    const tracestate = text('tracestate')
    if (traceparent !== undefined) return tracestate === undefined ? { traceparent } : { traceparent, tracestate }
  }
  return undefined
}
