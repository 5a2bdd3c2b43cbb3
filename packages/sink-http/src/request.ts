/** A payload to a request. Pure. */
import { jsonText, type DeliveryItem, type TraceContext } from '@drakkar/plugin-sdk'
import type { HttpPayload } from './payload.ts'

export interface OutgoingRequest {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** JSON text. */
  readonly body: string
}

export interface RequestOptions {
  /** Configured headers. */
  readonly headers: Readonly<Record<string, string>>
  /** From the credentials in the URL. A configured header wins. */
  readonly authorization: string | null
  /** Empty: none. */
  readonly idempotencyKeyHeader: string
  readonly trace: TraceContext | undefined
}

/** Throws a permanent `SinkError` for a payload without JSON text. */
export function toRequest({ id, payload }: DeliveryItem<HttpPayload>, options: RequestOptions): OutgoingRequest {
  const { headers, authorization, idempotencyKeyHeader, trace } = options
  return {
    body: jsonText(payload.data),
    headers: {
      'content-type': 'application/json',
      'user-agent': 'drakkar-sink-http',
      ...(authorization === null ? {} : { authorization }),
      ...(trace === undefined ? {} : { traceparent: trace.traceparent }),
      ...(trace?.tracestate === undefined ? {} : { tracestate: trace.tracestate }),
      ...lowerCaseNames(headers),
      ...lowerCaseNames(payload.headers ?? {}),
      // Last: a header of a payload must not undo what makes the sink idempotent.
      ...(idempotencyKeyHeader === '' ? {} : { [idempotencyKeyHeader.toLowerCase()]: headerText(id) }),
    },
  }
}

function lowerCaseNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

/** An id given by a handler may hold anything; a header takes visible ASCII. Different ids stay different. */
function headerText(id: string): string {
  return id.replaceAll(/[^\x21-\x24\x26-\x7e]+/g, (part) =>
    [...Buffer.from(part, 'utf8')].map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`).join(''),
  )
}
