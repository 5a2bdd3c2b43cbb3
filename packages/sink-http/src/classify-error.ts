/** What a request came to, for the framework: answers of the receiver, and requests without an answer. */
import { classifyError, errorMessage, redacted, redactText, SinkError, type SinkErrorKind } from '@drakkar/plugin-sdk'
import type { HttpAnswer } from './client.ts'

/** Most characters of an answer in an error text (spec HTS-6). */
const shownCharacters = 512

export interface AnswerRules {
  /** `POST http://host:port`, without path and query, which may hold secrets. */
  readonly label: string
  readonly transientStatuses: readonly number[]
  /** Values that receivers sometimes repeat and nobody may read. */
  readonly secrets: readonly string[]
  readonly nowMs: number
}

export function isSuccess({ status }: HttpAnswer): boolean {
  return status >= 200 && status < 300
}

/** Null for 2xx. Redirects are not followed, so they are failures like any other (spec HTS-2, DLV-21). */
export function answerError(answer: HttpAnswer, rules: AnswerRules): SinkError | null {
  if (isSuccess(answer)) return null
  const retryAfterMs = parseRetryAfter(answer.retryAfter, rules.nowMs)
  const kind = statusKind(answer.status, retryAfterMs, rules.transientStatuses)
  const text = shownText(answer.text, rules.secrets)
  const message = `${rules.label} answered ${answer.status}${text === '' ? '' : `: ${text}`}`
  return new SinkError({ kind, message, retryAfterMs: kind === 'throttled' ? retryAfterMs : undefined })
}

/**
 * A request without a whole answer. It says nothing about the payload, so it may pass, unless the client itself refused the
 * request or the host is forbidden.
 */
export function requestError(error: unknown, label: string): SinkError {
  const known = sinkErrorIn(error)
  const kind: SinkErrorKind = known?.kind ?? (isRefusedByClient(error) ? 'permanent' : 'transient')
  const message = `${label} failed: ${redactText(textOf(known ?? error))}`
  const ambiguous = kind !== 'permanent' && !isUnsent(error)
  return new SinkError({ kind, message, retryAfterMs: known?.retryAfterMs, ambiguous, cause: error })
}

/** Codes of a connection that was never made: the receiver got nothing. */
const unsentCodes: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** Of several addresses, when none could be reached. */
function isUnsent(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (unsentCodes.has(Reflect.get(error, 'code'))) return true
  return error instanceof AggregateError && error.errors.length > 0 && error.errors.every(isUnsent)
}

/** Nobody waits longer than that for a receiver, whatever it asks for. */
const longestWaitMs = 3_600_000

/** Milliseconds of a `Retry-After`: seconds, or a date, from 0 to an hour. Undefined for anything else. */
export function parseRetryAfter(value: string | null, nowMs: number): number | undefined {
  const text = value?.trim() ?? ''
  if (/^\d{1,10}$/.test(text)) return Math.min(Number(text) * 1000, longestWaitMs)
  const dateMs = /^[A-Za-z]{3,9},? /.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(dateMs) ? undefined : Math.min(Math.max(0, dateMs - nowMs), longestWaitMs)
}

/** A receiver that names a time does not mean the payload, whatever its status. */
function statusKind(status: number, retryAfterMs: number | undefined, transientStatuses: readonly number[]): SinkErrorKind {
  if (retryAfterMs !== undefined && (status === 429 || status >= 500)) return 'throttled'
  if (!transientStatuses.includes(status)) return 'permanent'
  return status === 429 || status === 503 ? 'throttled' : 'transient'
}

function shownText(text: string, secrets: readonly string[]): string {
  const known = secrets.reduce((shown, secret) => shown.replaceAll(secret, redacted), text)
  const line = redactText(known)
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
  return line.length > shownCharacters ? `${line.slice(0, shownCharacters - 1)}…` : line
}

function sinkErrorIn(error: unknown): SinkError | undefined {
  for (let link = error, depth = 0; link instanceof Error && depth < 10; link = link.cause, depth += 1) {
    if (SinkError.isInstance(link)) return link
    const parts: unknown = Reflect.get(link, 'errors')
    const part: unknown = Array.isArray(parts) ? parts.find((one) => SinkError.isInstance(one)) : undefined
    if (SinkError.isInstance(part)) return part
  }
  return undefined
}

/** Where a host has several addresses, Node's error is empty and holds one for each. */
function textOf(error: unknown): string {
  return error instanceof AggregateError && error.message === '' ? error.errors.map(errorMessage).join('; ') : errorMessage(error)
}

function isRefusedByClient(error: unknown): boolean {
  if (!(error instanceof Error)) return classifyError(error).kind === 'permanent'
  const code: unknown = Reflect.get(error, 'code')
  return code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED' || error instanceof TypeError
}
