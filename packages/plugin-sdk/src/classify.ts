/**
 * Which failures may pass by themselves (spec DLV-17, DLV-18). Sinks translate their driver's errors first and hand the
 * rest to `classifyError`; the framework uses it for what a sink throws unclassified.
 */
import { errorMessage, SinkError } from './errors.ts'
import { redactText } from './redact.ts'

const transientCodes: ReadonlySet<unknown> = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
])
const transientNames: ReadonlySet<unknown> = new Set(['TimeoutError', 'AbortError'])

/** Longest cause chain that is searched. */
const maxChainLength = 50

/**
 * True for connection errors and time-outs, for `transient === true`, and for a `SinkError` that is not permanent. The
 * cause chain is searched; the first `SinkError` met decides. An `AggregateError` is transient when all its errors are.
 * Never throws.
 */
export function isTransientError(error: unknown): boolean {
  return searchChain(error, new Set())
}

/**
 * The same failure as a `SinkError`: returned as it is when it is one, else made from it, `transient` or `permanent`, with
 * credentials removed from the message and the original as `cause`. Never throws.
 */
export function classifyError(error: unknown): SinkError {
  if (SinkError.isInstance(error)) return error
  const kind = isTransientError(error) ? 'transient' : 'permanent'
  return new SinkError({ kind, message: redactText(errorMessage(error)), cause: error })
}

/**
 * What was thrown while payloads were on their way, as the answer for each of them: like `classifyError`, and marked `ambiguous`,
 * for nobody knows what arrived; `unclassified` when it is neither a `SinkError` nor transient. Never throws.
 */
export function classifyThrown(error: unknown): SinkError {
  const { kind, code, message, retryAfterMs, unclassified } = classifyError(error)
  return new SinkError({
    kind,
    code,
    message,
    retryAfterMs,
    ambiguous: true,
    unclassified: SinkError.isInstance(error) ? unclassified : kind === 'permanent',
    cause: error,
  })
}

function searchChain(start: unknown, seen: Set<unknown>): boolean {
  let error = start
  while (typeof error === 'object' && error !== null && !seen.has(error) && seen.size < maxChainLength) {
    seen.add(error)
    if (SinkError.isInstance(error)) return error.kind !== 'permanent'
    if (looksTransient(error)) return true
    const parts = read(error, 'errors')
    if (Array.isArray(parts) && parts.length > 0 && parts.every((part) => searchChain(part, seen))) return true
    error = read(error, 'cause')
  }
  return false
}

function looksTransient(error: object): boolean {
  return read(error, 'transient') === true || transientCodes.has(read(error, 'code')) || transientNames.has(read(error, 'name'))
}

function read(holder: object, key: string): unknown {
  try {
    return Reflect.get(holder, key)
  } catch {
    return undefined
  }
}
