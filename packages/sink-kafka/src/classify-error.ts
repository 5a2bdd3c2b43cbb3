/** kafkajs errors, for the framework: what may be done, and how much of a request the refusal is about. */
import { classifyError, errorMessage, redactText, SinkError, type SinkErrorKind } from '@drakkar/plugin-sdk'

/** How far a refusal reaches: the record it is about, the whole topic, or everything that is sent. */
export type FailureScope = 'record' | 'topic' | 'all'

export interface KafkaFailure {
  readonly error: SinkError
  readonly scope: FailureScope
}

/** A record that names a partition its topic does not have. kafkajs itself would drop it and report success. */
export class PartitionMissingError extends Error {
  override readonly name = 'PartitionMissingError'
}

type Verdict = readonly [kind: SinkErrorKind, scope: FailureScope]

/** Answers of the broker, by their protocol name. Others follow the protocol's own `retriable` flag. */
const byType: Readonly<Record<string, Verdict>> = {
  MESSAGE_TOO_LARGE: ['permanent', 'record'],
  RECORD_LIST_TOO_LARGE: ['permanent', 'record'],
  INVALID_RECORD: ['permanent', 'record'],
  INVALID_TIMESTAMP: ['permanent', 'record'],
  UNSUPPORTED_FOR_MESSAGE_FORMAT: ['permanent', 'record'],
  CORRUPT_MESSAGE: ['permanent', 'record'],
  UNKNOWN_TOPIC_OR_PARTITION: ['transient', 'topic'],
  INVALID_TOPIC_EXCEPTION: ['permanent', 'topic'],
  TOPIC_AUTHORIZATION_FAILED: ['permanent', 'topic'],
  BROKER_NOT_AVAILABLE: ['transient', 'all'],
  SASL_AUTHENTICATION_FAILED: ['transient', 'all'],
  // The client takes a new producer id after a failure, so these pass.
  OUT_OF_ORDER_SEQUENCE_NUMBER: ['transient', 'all'],
  DUPLICATE_SEQUENCE_NUMBER: ['transient', 'all'],
  INVALID_PRODUCER_EPOCH: ['transient', 'all'],
  INVALID_PRODUCER_ID_MAPPING: ['transient', 'all'],
  UNKNOWN_PRODUCER_ID: ['transient', 'all'],
}

/** Failures of the client itself, by the name of their class. */
const byName: Readonly<Record<string, Verdict>> = {
  PartitionMissingError: ['permanent', 'record'],
  KafkaJSConnectionError: ['transient', 'all'],
  KafkaJSConnectionClosedError: ['transient', 'all'],
  KafkaJSRequestTimeoutError: ['transient', 'all'],
  KafkaJSBrokerNotFound: ['transient', 'all'],
  KafkaJSNoBrokerAvailableError: ['transient', 'all'],
  KafkaJSLockTimeout: ['transient', 'all'],
  KafkaJSTimeout: ['transient', 'all'],
  KafkaJSMetadataNotLoaded: ['transient', 'topic'],
  KafkaJSTopicMetadataNotLoaded: ['transient', 'topic'],
  KafkaJSStaleTopicMetadataAssignment: ['transient', 'all'],
  // It was right at `connect`, where it is final: a password that is being changed passes.
  KafkaJSSASLAuthenticationError: ['transient', 'all'],
  KafkaJSNotImplemented: ['permanent', 'all'],
}

/** THROTTLING_QUOTA_EXCEEDED: newer than kafkajs, which shows its number in the text only. */
const throttledText = 'Unknown error code 89'
/** A bare `Error` of kafkajs: the connection was closed, or never got as far as being usable. */
const notConnectedText = 'Broker not connected'
const longestChain = 20

/** The records may be stored all the same: the broker says so, or did not say anything. */
const ambiguousTypes: ReadonlySet<unknown> = new Set(['REQUEST_TIMED_OUT', 'NOT_ENOUGH_REPLICAS_AFTER_APPEND'])
const ambiguousNames: ReadonlySet<unknown> = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
])

/** Searches the cause chain: kafkajs wraps what it gave up on. */
export function classifyKafkaError(error: unknown): KafkaFailure {
  if (SinkError.isInstance(error)) return { error, scope: 'record' }
  for (const link of causeChain(error)) {
    const verdict = verdictOf(link)
    if (verdict !== undefined) return failureOf(error, verdict)
  }
  const classified = classifyError(error)
  return { error: classified, scope: classified.kind === 'permanent' ? 'record' : 'all' }
}

/** True when nobody answered: the connection may be dead without anybody having said so. */
export function isUnanswered(error: unknown): boolean {
  return causeChain(error).some((link) => read(link, 'name') === 'KafkaJSRequestTimeoutError' || isNotConnected(link))
}

/** True when the broker refuses user or password. */
export function isAuthenticationError(error: unknown): boolean {
  return causeChain(error).some(
    (link) => read(link, 'name') === 'KafkaJSSASLAuthenticationError' || read(link, 'type') === 'SASL_AUTHENTICATION_FAILED',
  )
}

/** True when the broker says that a topic does not exist. */
export function isTopicMissing(error: unknown): boolean {
  return causeChain(error).some((link) => read(link, 'type') === 'UNKNOWN_TOPIC_OR_PARTITION')
}

function verdictOf(link: object): Verdict | undefined {
  const type = read(link, 'type')
  if (typeof type === 'string' && read(link, 'name') !== 'Error') {
    if (errorMessage(link) === throttledText) return ['throttled', 'all']
    return byType[type] ?? [read(link, 'retriable') === true ? 'transient' : 'permanent', 'all']
  }
  if (isNotConnected(link)) return ['transient', 'all']
  const known = byName[String(read(link, 'name'))]
  if (known !== undefined) return known
  return read(link, 'name') === 'KafkaJSError' && read(link, 'retriable') === true ? ['transient', 'all'] : undefined
}

function isNotConnected(link: object): boolean {
  return read(link, 'name') === 'Error' && errorMessage(link) === notConnectedText
}

function failureOf(error: unknown, [kind, scope]: Verdict): KafkaFailure {
  return { error: new SinkError({ kind, message: redactText(errorMessage(error)), ambiguous: isAmbiguous(error), cause: error }), scope }
}

function isAmbiguous(error: unknown): boolean {
  return causeChain(error).some((link) => ambiguousTypes.has(read(link, 'type')) || ambiguousNames.has(read(link, 'name')))
}

function causeChain(error: unknown): object[] {
  const chain: object[] = []
  let link = error
  while (typeof link === 'object' && link !== null && chain.length < longestChain) {
    chain.push(link)
    link = read(link, 'cause')
  }
  return chain
}

function read(holder: object, key: string): unknown {
  return Reflect.get(holder, key)
}
