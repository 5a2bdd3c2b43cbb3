/** A payload to a request. Pure. */
import { jsonText, type DeliveryItem, type TraceContext, type WireForm } from '@drakkar/plugin-sdk'
import type { HttpPayload } from './payload.ts'
import { chooseTarget, type TargetOptions } from './target.ts'

export interface OutgoingRequest {
  /** `http://host:port`. */
  readonly origin: string
  /** With the query. */
  readonly path: string
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** JSON text. */
  readonly body: string
}

export interface RequestOptions extends TargetOptions {
  /** Configured headers. */
  readonly headers: Readonly<Record<string, string>>
  /** Empty: none. */
  readonly idempotencyKeyHeader: string
  readonly trace: TraceContext | undefined
}

/** Throws a permanent `SinkError` for a payload without JSON text, and for a URL it may not name. */
export function toRequest({ id, payload }: DeliveryItem<HttpPayload>, options: RequestOptions): OutgoingRequest {
  const { origin, path, authorization, isConfigured } = chooseTarget(payload.url, options)
  const { body, headers: own } = requestContent(payload, options.headers)
  const configured = isConfigured ? configuredNames(options.headers) : {}
  const { idempotencyKeyHeader, trace } = options
  return {
    ...{ origin, path, body },
    headers: {
      'user-agent': 'drakkar-sink-http',
      ...(authorization === null ? {} : { authorization }),
      ...('traceparent' in configured || 'traceparent' in own ? {} : traceHeaders(trace)),
      ...configured,
      ...own,
      // Last: a header of a payload must not undo what makes the sink idempotent.
      ...(idempotencyKeyHeader === '' ? {} : { [idempotencyKeyHeader.toLowerCase()]: headerText(id) }),
    },
  }
}

/**
 * Body, its type and the headers of the payload. Without the configured headers, which are secret, and without what only a
 * delivery knows: trace and idempotency key. Throws a permanent `SinkError` for a payload without JSON text.
 */
export function encodeRequest(payload: HttpPayload, configuredHeaders: RequestOptions['headers']): WireForm {
  const { body, headers } = requestContent(payload, configuredHeaders)
  const entries = Object.entries(headers).map(([name, value]) => [name, Buffer.from(value, 'latin1')] as const)
  return { body: Buffer.from(body, 'utf8'), headers: entries }
}

function requestContent(payload: HttpPayload, configuredHeaders: RequestOptions['headers']): Pick<OutgoingRequest, 'body' | 'headers'> {
  const type = configuredNames(configuredHeaders)['content-type'] ?? 'application/json'
  const own = payload.headers === undefined ? {} : lowerCaseNames(payload.headers)
  return { body: jsonText(payload.data), headers: { 'content-type': type, ...own } }
}

function traceHeaders(trace: TraceContext | undefined): Record<string, string> {
  if (trace === undefined) return {}
  return { traceparent: trace.traceparent, ...(trace.tracestate === undefined ? {} : { tracestate: trace.tracestate }) }
}

const known = new WeakMap<object, Readonly<Record<string, string>>>()

/** The configured headers are the same for every payload. */
function configuredNames(headers: RequestOptions['headers']): Readonly<Record<string, string>> {
  const names = known.get(headers) ?? lowerCaseNames(headers)
  known.set(headers, names)
  return names
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
