/** Errors of Redis and of ioredis, for the framework. */
import { classifyError, errorMessage, redactText, SinkError, type SinkErrorKind } from '@drakkar/plugin-sdk'

/** Replies about the state of the server, by their first word. Every other reply is about the command, and permanent. */
const passingReplies: ReadonlySet<string> = new Set([
  'BUSY',
  'CLUSTERDOWN',
  'LOADING',
  'MASTERDOWN',
  'MISCONF',
  'NOAUTH',
  'NOREPLICAS',
  'OOM',
  'READONLY',
  'TRYAGAIN',
  'UNBLOCKED',
  // Never about one command: the account is gone since the last connection. `connect` itself takes it for final.
  'WRONGPASS',
])
const tooManyClients = 'ERR max number of clients reached'

/** Failures of the connection that ioredis reports without a code. */
const connectionNames: ReadonlySet<unknown> = new Set(['MaxRetriesPerRequestError', 'AbortError', 'ConnectionLostError'])
const connectionTexts = ['Connection is closed.', 'Socket timeout.', 'Command timed out', "Stream isn't writeable"]

/** The connection was lost or could not be made. The message says why. */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError'
}

/** The failure of one command, or of everything when it is about the connection. Never holds a command, which may be an AUTH. */
export function classifyRedisError(error: unknown): SinkError {
  if (SinkError.isInstance(error)) return error
  const message = redactText(errorMessage(error))
  const kind = kindOf(error)
  return new SinkError({ kind, message, cause: bare(error) })
}

/** ioredis hangs the command with all its arguments on an error; whoever prints the error would print those too. */
export function bare(error: unknown): Error {
  const copy = new Error(redactText(errorMessage(error)))
  if (error instanceof Error) {
    copy.name = error.name
    const code: unknown = Reflect.get(error, 'code')
    if (typeof code === 'string') Object.assign(copy, { code })
  }
  return copy
}

/** True for replies that refuse the credentials. */
export function isAuthenticationError(error: unknown): boolean {
  return isReply(error) && ['WRONGPASS', 'NOAUTH'].includes(firstWord(error.message))
}

function kindOf(error: unknown): SinkErrorKind {
  if (isReply(error)) {
    const isPassing = passingReplies.has(firstWord(error.message)) || error.message.startsWith(tooManyClients)
    return isPassing ? 'transient' : 'permanent'
  }
  if (!(error instanceof Error)) return 'permanent'
  const isConnection = connectionNames.has(error.name) || connectionTexts.some((text) => error.message.startsWith(text))
  return isConnection ? 'transient' : classifyError(error).kind
}

function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError'
}

function firstWord(text: string): string {
  return text.split(' ', 1)[0] ?? ''
}
