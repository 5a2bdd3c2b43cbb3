/** Errors of the server and of pg, for the framework: what may be done, and how many rows the refusal is about. */
import { classifyError, errorMessage, redactText, SinkError, type SinkErrorKind } from '@drakkar/plugin-sdk'

/** How far a refusal reaches: one row of the statement, all rows with the same table and columns, or everything. */
export type FailureScope = 'row' | 'statement' | 'all'

export interface PostgresFailure {
  readonly error: SinkError
  readonly scope: FailureScope
  /** True: the server says that it rolled the transaction back and that the same one may pass now. Nothing of it is stored. */
  readonly mayPassAtOnce: boolean
}

type Verdict = readonly [kind: SinkErrorKind, scope: FailureScope]

/** By SQLSTATE where it differs from its class. */
const byState: Readonly<Record<string, Verdict>> = {
  // A policy of row-level security, or a privilege of the table: narrowing tells.
  '42501': ['permanent', 'row'],
  // A conversion of the statement with arrays: the one with a parameter for each value decides.
  '42704': ['permanent', 'row'],
  '42804': ['permanent', 'row'],
  '42846': ['permanent', 'row'],
  '40002': ['permanent', 'row'],
  '55006': ['transient', 'all'],
  '55P03': ['transient', 'all'],
}

/** By the first two characters of the SQLSTATE. Others are about a row. */
const byClass: Readonly<Record<string, Verdict>> = {
  '08': ['transient', 'all'],
  '0A': ['permanent', 'statement'],
  // 25006: the server is read-only while another one takes over.
  '25': ['transient', 'all'],
  // They were right at `connect`, where they are final: a password that is being changed passes.
  '28': ['transient', 'all'],
  '3D': ['transient', 'all'],
  '3F': ['permanent', 'statement'],
  '40': ['transient', 'all'],
  '42': ['permanent', 'statement'],
  '53': ['throttled', 'all'],
  '57': ['transient', 'all'],
  '58': ['transient', 'all'],
  XX: ['transient', 'all'],
}

/** Serialization failure and deadlock. Not 40003, after which nobody knows whether the statement was completed. */
const repeatableStates: ReadonlySet<string> = new Set(['40001', '40P01'])

/** After these nobody knows whether the statement was completed: the connection is gone, or the server says so. */
const ambiguousStates = /^(08|40003|57P0[12])/
/** Nothing was sent over a connection that could not be made. */
const unsentCodes: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])
const noTlsText = 'The server does not support SSL connections'

/** pg gives its own errors no code. */
const transientTexts: readonly string[] = [
  'Connection terminated',
  'Client has encountered a connection error',
  'Client was closed',
  'Cannot use a pool after calling end',
  'Query read timeout',
]
const poolWaitText = 'timeout exceeded when trying to connect'

/** Never throws. Neither the message nor the cause holds credentials or the content of a row. */
export function classifyPostgresError(error: unknown): PostgresFailure {
  const state = sqlState(error)
  if (state === null) return { ...classifyWithoutState(error), mayPassAtOnce: false }
  const [kind, scope] = byState[state] ?? byClass[state.slice(0, 2)] ?? ['permanent', 'row']
  const text = `${serverText(error, state)} (SQLSTATE ${state})`
  return { error: sinkError(kind, text, ambiguousStates.test(state)), scope, mayPassAtOnce: repeatableStates.has(state) }
}

/** What pg, the network or this package failed with. */
function classifyWithoutState(error: unknown): Omit<PostgresFailure, 'mayPassAtOnce'> {
  if (SinkError.isInstance(error)) return { error, scope: error.kind === 'permanent' ? 'row' : 'all' }
  const message = errorMessage(error)
  if (message === poolWaitText) {
    const text = 'No connection became free in time: raise pool_max, or let handlers keep connections shorter'
    return { error: sinkError('transient', text), scope: 'all' }
  }
  if (message.startsWith(noTlsText)) return { error: sinkError('transient', message), scope: 'all' }
  if (transientTexts.some((text) => message.startsWith(text))) return { error: sinkError('transient', message, true), scope: 'all' }
  const classified = classifyError(error)
  if (classified.kind === 'permanent') return { error: classified, scope: 'row' }
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
  return { error: sinkError(classified.kind, message, !unsentCodes.has(code)), scope: 'all' }
}

/** True when the server does not let this user in, has no such database, or no TLS: final for `connect`, nothing else. */
export function isAccessRefused(error: unknown): boolean {
  const state = sqlState(error)
  return state === null ? errorMessage(error).startsWith(noTlsText) : /^(28|3D|57P04)/.test(state)
}

/** The SQLSTATE of an error the server sent; null for any other error. */
function sqlState(error: unknown): string | null {
  if (typeof error !== 'object' || error === null) return null
  const code: unknown = Reflect.get(error, 'code')
  // EPIPE has five letters, too; only the server's errors have a severity.
  const isServerError = typeof Reflect.get(error, 'severity') === 'string'
  return isServerError && typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : null
}

/** States after which the server closes the connection, or may. Not by the severity, whose words depend on the server's language. */
const closingStates = /^(08|25P|28|3D|53|57P|58|XX)/

/** True when the server refused a statement and goes on with the connection. */
export function keepsConnection(error: unknown): boolean {
  const state = sqlState(error)
  return state !== null && !closingStates.test(state)
}

/** True when the server refused a statement because of names or types in it (class 42), before it did anything. */
export function isAboutSchema(error: unknown): boolean {
  return sqlState(error)?.startsWith('42') === true
}

/**
 * The server's message. Its detail is left out, which shows the row; so is what the messages about values (class 22) quote,
 * which is the value.
 */
function serverText(error: unknown, state: string): string {
  const message = errorMessage(error)
  return redactText(state.startsWith('22') ? message.replace(/".*"/s, '"…"') : message)
}

/** Without pg's error as the cause: its `detail` and `where` show values, and loggers print them. */
function sinkError(kind: SinkErrorKind, text: string, ambiguous = false): SinkError {
  return new SinkError({ kind, message: redactText(text), ambiguous })
}
