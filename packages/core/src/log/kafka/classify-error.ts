/** Pure: what kafkajs throws → `LogError`. Nothing further in knows a kafkajs error. */
import { CodecError } from '@drakkar/kafka-codecs'
import { errorMessage, redactText } from '@drakkar/plugin-sdk'
import { LogError } from '@drakkar/plugin-sdk/log'

/** Broker answers that mean: this member is not in the group any more. */
const fencedTypes = new Set(['UNKNOWN_MEMBER_ID', 'FENCED_INSTANCE_ID'])
/** kafkajs calls these final; for a commit they only mean that a rebalance is under way. */
const rebalanceTypes = new Set(['ILLEGAL_GENERATION', 'REBALANCE_IN_PROGRESS', 'NOT_COORDINATOR_FOR_GROUP'])
const connectionCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])
/** A bare `Error` of kafkajs: the connection was closed, or never got as far as being usable. */
const notConnectedText = 'Broker not connected'
const mostCauses = 10

/** `what` says what was being done: `commit of group g`. */
export function classifyError(error: unknown, what: string): LogError {
  if (LogError.isInstance(error)) return error
  const chain = causes(error)
  const message = `${what}: ${redactText(errorMessage(error))}`
  const codec = chain.find((cause) => CodecError.isInstance(cause))
  if (codec !== undefined && CodecError.isInstance(codec)) return codecFailure(codec, message, error)
  if (chain.some((cause) => nameOf(cause) === 'KafkaJSNotImplemented')) {
    return new LogError({
      kind: 'fatal',
      code: 'DRK_LOG_CODEC_MISSING',
      message: `${message} (register @drakkar/kafka-codecs)`,
      cause: error,
    })
  }
  const types = new Set(chain.map(typeOf))
  if (types.has('UNKNOWN_TOPIC_OR_PARTITION')) {
    return new LogError({ kind: 'permanent', code: 'DRK_LOG_TOPIC_MISSING', message, cause: error })
  }
  if (types.has('MESSAGE_TOO_LARGE') || types.has('RECORD_LIST_TOO_LARGE')) {
    return new LogError({ kind: 'permanent', code: 'DRK_LOG_RECORD_TOO_LARGE', message, cause: error })
  }
  if (types.has('OFFSET_OUT_OF_RANGE')) {
    return new LogError({ kind: 'permanent', code: 'DRK_LOG_OFFSET_OUT_OF_RANGE', message, cause: error })
  }
  if (isExpulsion(error)) return new LogError({ kind: 'fenced', message, cause: error })
  return new LogError({ kind: isTransient(chain) ? 'transient' : 'permanent', message, cause: error })
}

/** The group does not know this member any more, or knows another under its name. */
export function isExpulsion(error: unknown): boolean {
  return causes(error).some((cause) => fencedTypes.has(typeOf(cause)))
}

/** Another member has joined under this one's `group_instance_id`. */
export function isInstanceTaken(error: unknown): boolean {
  return causes(error).some((cause) => typeOf(cause) === 'FENCED_INSTANCE_ID')
}

/** The group has begun, or ended, a rebalance that this member has not taken part in yet. */
export function isStaleGeneration(error: unknown): boolean {
  return causes(error).some((cause) => typeOf(cause) === 'ILLEGAL_GENERATION' || typeOf(cause) === 'REBALANCE_IN_PROGRESS')
}

/** Nothing was learned about the membership: the coordinator cannot be reached, or cannot answer at the moment. */
export function isUnreachable(error: unknown): boolean {
  const chain = causes(error)
  return !chain.some((cause) => rebalanceTypes.has(typeOf(cause)) || fencedTypes.has(typeOf(cause))) && isTransient(chain)
}

/** True when trying again may help: kafkajs says so of the innermost error, or it is a matter of connection or rebalance. */
function isTransient(chain: readonly unknown[]): boolean {
  if (chain.some((cause) => rebalanceTypes.has(typeOf(cause)))) return true
  if (chain.some((cause) => connectionCodes.has(property(cause, 'code')) || errorMessage(cause) === notConnectedText)) return true
  const innermost = chain.findLast((cause) => nameOf(cause).startsWith('KafkaJS'))
  if (innermost === undefined) return false
  return typeof innermost === 'object' && innermost !== null && 'retriable' in innermost && innermost.retriable === true
}

function codecFailure(codec: CodecError, message: string, cause: unknown): LogError {
  const code = codec.reason === 'missing' ? 'DRK_LOG_CODEC_MISSING' : 'DRK_LOG_FAILED'
  return new LogError({ kind: 'fatal', code, message: `${message} (package ${codec.packageName})`, cause })
}

/** The error, what caused it, and so on. kafkajs also nests under `originalError` and gathers under `errors`. */
function causes(error: unknown): readonly unknown[] {
  const chain: unknown[] = []
  let next: unknown = error
  while (typeof next === 'object' && next !== null && chain.length < mostCauses && !chain.includes(next)) {
    chain.push(next)
    next = inner(next)
  }
  return chain
}

function inner(error: object): unknown {
  if ('cause' in error && error.cause !== undefined) return error.cause
  if ('originalError' in error && error.originalError !== undefined) return error.originalError
  return 'errors' in error && Array.isArray(error.errors) ? error.errors[0] : undefined
}

function nameOf(error: unknown): string {
  return property(error, 'name')
}

function typeOf(error: unknown): string {
  return property(error, 'type')
}

function property(error: unknown, name: 'name' | 'type' | 'code'): string {
  if (typeof error !== 'object' || error === null || !(name in error)) return ''
  const value: unknown = Reflect.get(error, name)
  return typeof value === 'string' ? value : ''
}
