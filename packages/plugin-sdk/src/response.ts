/**
 * Per-payload answers of a sink (spec section 32).
 */
import type { SinkError } from './errors.ts'

export type SinkResponse =
  | { readonly id: string; readonly status: 'ok' }
  | { readonly id: string; readonly status: 'failure'; readonly error: string | SinkError }
  | { readonly id: string; readonly status: 'fallback'; readonly error?: string }
  | { readonly id: string; readonly status: 'serve'; readonly body: Uint8Array }
  | { readonly id: string; readonly status: 'on_success'; readonly payload?: unknown }
  | { readonly id: string; readonly status: 'skip'; readonly reason?: string }

export type ResponseStatus = SinkResponse['status']

/** The payload arrived. */
export function ok(id: string): SinkResponse {
  return { id, status: 'ok' }
}
/** The payload did not arrive. A string is a permanent failure; a `SinkError` says what may be done. Must not be empty. */
export function failure(id: string, error: string | SinkError): SinkResponse {
  return { id, status: 'failure', error }
}
/** Hand the payload to the configured fallback sink at once. */
export function fallback(id: string, error?: string): SinkResponse {
  return error === undefined ? { id, status: 'fallback' } : { id, status: 'fallback', error }
}
/** Store `body` in the serving store under the message's request id. */
export function serve(id: string, body: Uint8Array): SinkResponse {
  return { id, status: 'serve', body }
}
/** The payload arrived; send `payload` (default: the same) on to the sink named in `on_success`. */
export function onSuccess(id: string, payload?: unknown): SinkResponse {
  return payload === undefined ? { id, status: 'on_success' } : { id, status: 'on_success', payload }
}
/** The sink decided to drop the payload; counted as skipped. */
export function skip(id: string, reason?: string): SinkResponse {
  return reason === undefined ? { id, status: 'skip' } : { id, status: 'skip', reason }
}
