/** Errors of the driver and answers of the server, for the framework. */
import { classifyError, errorMessage, redactText, SinkError, type SinkErrorKind } from '@drakkar/plugin-sdk'

/** The server has the document, or another one, in the place a unique index keeps. */
export const duplicateKeyCode = 11_000
const authenticationFailedCode = 18

/**
 * Answers of the server that may pass by themselves: no primary, shutting down, time-outs, locks, a full disk, and write
 * concerns that were not met. What is not listed is the document's or the configuration's fault.
 */
const transientCodes: ReadonlySet<unknown> = new Set([
  6, 7, 24, 46, 50, 63, 64, 70, 89, 91, 100, 112, 133, 134, 146, 150, 189, 202, 262, 317, 358, 384, 391, 9001, 10_058, 10_107, 11_600,
  11_601, 11_602, 13_388, 13_435, 13_436, 14_031,
])
/** Too many requests: of Azure Cosmos DB, and of a server that limits its ingress. */
const throttledCodes: ReadonlySet<unknown> = new Set([16_500, 462])

/** Failures of the driver itself, by the name of their class. */
const transientNames: ReadonlySet<unknown> = new Set([
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoServerSelectionError',
  'MongoOperationTimeoutError',
  'MongoWaitQueueTimeoutError',
  'MongoPoolClearedError',
  'PoolClearedOnNetworkError',
  'MongoPoolClosedError',
  'MongoNotConnectedError',
  'MongoTopologyClosedError',
  'MongoServerClosedError',
  'MongoClientClosedError',
  'MongoExpiredSessionError',
  'MongoStalePrimaryError',
])
const transientLabels = ['RetryableWriteError', 'RetryableError', 'TransientTransactionError']

/** One that is classified already is returned as it is. Credentials are removed from the message. */
export function classifyMongoError(error: unknown): SinkError {
  if (SinkError.isInstance(error)) return error
  const kind = kindOf(error)
  if (kind === undefined) return classifyError(error)
  return new SinkError({ kind, message: redactText(errorMessage(error)), cause: error })
}

/** A refused document. The server's text is left out where it may quote values of the document. */
export function classifyWriteError(
  { code, errmsg = '' }: { readonly code: number; readonly errmsg?: string },
  isUpsert: boolean,
): SinkError {
  if (code !== duplicateKeyCode) return classifyMongoError(Object.assign(new Error(`${shown(errmsg)} (code ${code})`), { code }))
  const index = /index: (\S+)/.exec(errmsg)?.[1] ?? ''
  const message = `A document with the same key is there already${index === '' ? '' : `, index ${index}`} (code ${code})`
  // Two upserts of one key at the same time: the next attempt finds the document and replaces it.
  return new SinkError({ kind: isUpsert ? 'transient' : 'permanent', message })
}

/** True when the server refuses user or password. */
export function isAuthenticationError(error: unknown): boolean {
  return read(error, 'code') === authenticationFailedCode
}

/** Undefined: not known as an error of the driver. */
function kindOf(error: unknown): SinkErrorKind | undefined {
  const code = read(error, 'code')
  if (throttledCodes.has(code) || hasLabel(error, ['SystemOverloadedError'])) return 'throttled'
  if (transientCodes.has(code) || transientNames.has(read(error, 'name')) || hasLabel(error, transientLabels)) return 'transient'
  // They were right at `connect`: a password that is being changed passes.
  if (code === authenticationFailedCode) return 'transient'
  if (typeof code === 'number') return 'permanent'
  // The driver forgets the class of what it wraps, but only failures to reach the server come without the server's code.
  return read(error, 'name') === 'MongoBulkWriteError' ? 'transient' : undefined
}

function hasLabel(error: unknown, labels: readonly string[]): boolean {
  const known = read(error, 'errorLabels')
  return Array.isArray(known) && labels.some((label) => known.includes(label))
}

function shown(text: string): string {
  const sentence = /^[^{}"'[\]]*/.exec(text)?.[0].trim() ?? ''
  return sentence === '' ? 'The server refused the document' : sentence
}

function read(holder: unknown, key: string): unknown {
  return typeof holder === 'object' && holder !== null ? Reflect.get(holder, key) : undefined
}
