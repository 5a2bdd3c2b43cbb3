/** Messages as tests write them → records of the source topic. Pure. */
import type { ProduceRecord } from '@drakkar/plugin-sdk/log'

export interface TestMessage {
  /** Written as JSON. */
  readonly value?: unknown
  /** Instead of `value`: the bytes as they are; null for a tombstone. */
  readonly raw?: string | Uint8Array | null
  readonly key?: string | Uint8Array | null
  /** Default: by the key as in Kafka, in turn without one. */
  readonly partition?: number
  readonly headers?: Readonly<Record<string, string | Uint8Array>>
  /** Unix milliseconds. Default: the virtual time. */
  readonly timestamp?: number
}

export function recordOf(topic: string, message: TestMessage): ProduceRecord {
  const { raw, key = null, partition, headers = {}, timestamp } = message
  return {
    topic,
    key: typeof key === 'string' ? Buffer.from(key) : key,
    value: raw === undefined ? Buffer.from(JSON.stringify(message.value ?? null)) : typeof raw === 'string' ? Buffer.from(raw) : raw,
    headers: Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)] as const),
    ...(partition === undefined ? {} : { partition }),
    ...(timestamp === undefined ? {} : { timestamp }),
  }
}

/** One more than the highest partition a message asks for. */
export function partitionsFor(messages: readonly TestMessage[]): number {
  return Math.max(0, ...messages.map(({ partition = 0 }) => partition)) + 1
}
