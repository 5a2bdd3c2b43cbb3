/** One message of the source topic, as hooks see it. */
import type { RecordHeader } from '@drakkar/plugin-sdk/log'

export interface SourceMessage<T = unknown> {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly key: Buffer | null
  /** Raw bytes; empty for a tombstone. */
  readonly value: Buffer
  /** True when the record had no value at all. */
  readonly isTombstone: boolean
  readonly headers: readonly RecordHeader[]
  /** Unix milliseconds. */
  readonly timestamp: number
  /** The decoded value: what `input` made of it, or the parsed JSON when the handler has no `input`. */
  readonly payload: T
  /** Why the value could not be decoded. Only with `kafka.on_invalid_message: pass`, where `payload` is null. */
  readonly payloadError?: string
}
