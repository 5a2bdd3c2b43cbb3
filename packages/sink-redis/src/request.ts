/** Payloads to commands, and outcomes of commands to answers. Pure. */
import { failure, jsonText, ok, SinkError, type DeliveryItem, type SinkResponse, type WireForm } from '@drakkar/plugin-sdk'
import { classifyRedisError } from './classify-error.ts'
import type { RedisPayload } from './payload.ts'

/** `SET key value`, with `EX` when `ttlSeconds` is not null. */
export interface SetCommand {
  /** Of the payload. */
  readonly id: string
  readonly key: string
  /** JSON text. */
  readonly value: string
  readonly ttlSeconds: number | null
}

export interface CommandOptions {
  readonly keyPrefix: string
  readonly maxValueBytes: number
}

/** The commands of a batch in its order, and the answers for payloads of which no command can be made. */
export function toCommands(
  batch: readonly DeliveryItem<RedisPayload>[],
  options: CommandOptions,
): { readonly commands: readonly SetCommand[]; readonly refused: readonly SinkResponse[] } {
  const commands: SetCommand[] = []
  const refused: SinkResponse[] = []
  for (const item of batch) {
    try {
      commands.push(toCommand(item, options))
    } catch (error) {
      refused.push(failure(item.id, classifyRedisError(error)))
    }
  }
  return { commands, refused }
}

function toCommand({ id, payload }: DeliveryItem<RedisPayload>, options: CommandOptions): SetCommand {
  const value = jsonText(payload.data)
  // No character has more than three bytes, so that most values need not be measured.
  if (value.length * 3 > options.maxValueBytes) assertFits(Buffer.byteLength(value), options.maxValueBytes)
  const ttlSeconds = payload.ttl ?? null
  if (ttlSeconds !== null && !(Number.isSafeInteger(ttlSeconds) && ttlSeconds > 0)) throw invalid('ttl must be a positive integer')
  return { id, key: storedKey(payload, options), value, ttlSeconds }
}

/** Key and value as the server gets them. Throws a permanent `SinkError` for data without JSON text. */
export function encodeValue(payload: RedisPayload, options: Pick<CommandOptions, 'keyPrefix'>): WireForm {
  return { body: Buffer.from(jsonText(payload.data), 'utf8'), key: Buffer.from(storedKey(payload, options), 'utf8') }
}

/** As it is in Redis: also the line a payload stands in. */
export function storedKey({ key }: RedisPayload, { keyPrefix }: Pick<CommandOptions, 'keyPrefix'>): string {
  return keyPrefix + key
}

/** Throws a permanent `SinkError`: the server would hang up. */
export function assertFits(bytes: number, maxValueBytes: number): void {
  if (bytes > maxValueBytes) throw invalid(`The value has ${bytes} bytes, max_value_bytes allows ${maxValueBytes}`)
}

function invalid(message: string): SinkError {
  return new SinkError({ kind: 'permanent', code: 'DRK_SINK_PAYLOAD_INVALID', message })
}

/**
 * One answer per command. `outcomes` has the error of each command, or null, in the same order. Where an earlier command of a
 * key is going to be tried again, the later ones of that key have to follow it: they count as failed in the same way, although
 * the server may have taken them, because otherwise the retry would bring the older value back.
 */
export function toAnswers(commands: readonly SetCommand[], outcomes: readonly (SinkError | null)[]): readonly SinkResponse[] {
  const waiting = new Map<string, FailedCommand>()
  return commands.map(({ id, key }, index) => {
    const error = outcomes[index] ?? null
    const earlier = waiting.get(key)
    if (error !== null && error.kind !== 'permanent' && earlier === undefined) waiting.set(key, { id, error })
    if (error !== null) return failure(id, error)
    return earlier === undefined ? ok(id) : failure(id, behind(earlier))
  })
}

interface FailedCommand {
  readonly id: string
  readonly error: SinkError
}

function behind({ id, error }: FailedCommand): SinkError {
  const { kind, retryAfterMs, message } = error
  return new SinkError({ kind, retryAfterMs, message: `It must not overtake payload ${id} of the same key: ${message}`, cause: error })
}
