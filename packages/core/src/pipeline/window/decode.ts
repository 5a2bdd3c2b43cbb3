/** Log record → source message: bytes to JSON to the handler's input type (spec HND-15, SRC-3). */
import { compileInput, errorMessage, parseJson, type SchemaIssue } from '@drakkar/plugin-sdk'
import type { LogRecord } from '@drakkar/plugin-sdk/log'
import type { AnyHandler } from '../../handler.ts'
import type { SourceMessage } from '../../model/message.ts'
import type { Hooks } from '../collect/hooks.ts'

export type Decoded =
  | { readonly ok: true; readonly message: SourceMessage }
  | { readonly ok: false; readonly message: SourceMessage<null>; readonly error: string }

const empty = Buffer.alloc(0)

export class Decoder {
  readonly #input: ReturnType<typeof compileInput> | null
  readonly #hooks: Hooks

  constructor(handler: AnyHandler, hooks: Hooks) {
    this.#input = handler.input === undefined ? null : compileInput(handler.input)
    this.#hooks = hooks
  }

  /** A promise only when a hook or an asynchronous schema is involved. Never throws or rejects. */
  decode(record: LogRecord, signal: AbortSignal): Decoded | Promise<Decoded> {
    const message = sourceMessage(record)
    if (message.isTombstone) return { ok: true, message }
    const own = this.#decodeByHook(message, signal)
    if (own !== null) return own
    try {
      return this.#decodeJson(message)
    } catch (error) {
      return invalid(message, errorMessage(error))
    }
  }

  #decodeByHook(message: SourceMessage<null>, signal: AbortSignal): Promise<Decoded> | null {
    try {
      const pending = this.#hooks.deserialize(message, signal)
      if (pending === undefined) return null
      return pending.then(
        (payload): Decoded => ({ ok: true, message: { ...message, payload } }),
        (error: unknown) => invalid(message, errorMessage(error)),
      )
    } catch (error) {
      return Promise.resolve(invalid(message, errorMessage(error)))
    }
  }

  #decodeJson(message: SourceMessage<null>): Decoded | Promise<Decoded> {
    const payload = parseJson(message.value)
    if (this.#input === null) return { ok: true, message: { ...message, payload } }
    const result = this.#input.decode(payload)
    const finish = (decoded: Awaited<typeof result>): Decoded =>
      decoded.ok ? { ok: true, message: { ...message, payload: decoded.value } } : invalid(message, describeIssues(decoded.issues))
    return result instanceof Promise ? result.then(finish) : finish(result)
  }
}

function sourceMessage(record: LogRecord): SourceMessage<null> {
  return {
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    key: record.key === null ? null : asBuffer(record.key),
    value: record.value === null ? empty : asBuffer(record.value),
    isTombstone: record.value === null,
    headers: record.headers,
    timestamp: record.timestamp,
    payload: null,
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function invalid(message: SourceMessage<null>, error: string): Decoded {
  return { ok: false, message: { ...message, payloadError: error }, error }
}

function describeIssues(issues: readonly SchemaIssue[]): string {
  return issues.map((issue) => (issue.path === '' ? issue.message : `${issue.path} ${issue.message}`)).join('; ')
}
