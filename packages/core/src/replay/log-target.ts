/** Replays into a topic (modes payload, data and source). */
import { LogError, type LogProducer, type ProduceRecord } from '@drakkar/plugin-sdk/log'
import type { AnyDeadLetterRecord } from '../dlq/read-dead-letter.ts'
import { replayMessages, type MessageOptions } from './replay-messages.ts'
import type { PublishCall, ReplayTarget } from './replay-target.ts'

export interface LogTargetOptions extends MessageOptions {
  /** Partitions of the topic. Null: not known, because nothing will be published. */
  readonly partitions: number | null
}

/**
 * `producer`: connected; the target closes it. Null for a dry run. In the mode `source`, a message that several entries hold
 * (it failed in two sinks, or its entry was split) goes with the first of them.
 */
export function logTarget(producer: LogProducer | null, options: LogTargetOptions): ReplayTarget {
  const seen = new SeenMessages()
  return {
    prepare({ record }) {
      const prepared = replayMessages(record, options)
      if (!prepared.ok) return prepared
      const messages = options.mode === 'source' ? prepared.messages.filter((_, index) => seen.isNew(record, index)) : prepared.messages
      return { ok: true, count: messages.length, publish: (call) => publishAll(producer, { messages, options, call }) }
    },
    close: async () => producer?.close(),
  }
}

/** Places of the source messages of this run. */
class SeenMessages {
  readonly #offsets = new Map<string, Set<number>>()

  /** True at the first question about the source message at `index`. */
  isNew(record: AnyDeadLetterRecord, index: number): boolean {
    const offset = record.schema_version === 2 ? record.source.offsets[index] : undefined
    if (record.schema_version === 1 || offset === undefined) return true
    const place = `${record.source.topic}/${record.source.partition}`
    const offsets = this.#offsets.get(place) ?? new Set()
    const isNew = !offsets.has(offset)
    this.#offsets.set(place, offsets.add(offset))
    return isNew
  }
}

interface Publication {
  readonly messages: readonly ProduceRecord[]
  readonly options: LogTargetOptions
  readonly call: PublishCall
}

/** One by one: the order holds over all partitions, and after a failure it is known what has arrived. */
async function publishAll(producer: LogProducer | null, { messages, options, call }: Publication): Promise<void> {
  if (producer === null) throw new TypeError('a dry run publishes nothing')
  for (const message of messages) {
    requirePartition(message, options)
    await call.pace()
    await producer.send([message])
    call.published(1)
  }
}

function requirePartition({ partition }: ProduceRecord, { topic, partitions }: LogTargetOptions): void {
  if (partition === undefined || partitions === null || partition < partitions) return
  const message = `"${topic}" has ${partitions} partitions, and the message came from partition ${partition}; leave --preserve-partition out`
  throw new LogError({ kind: 'permanent', message })
}
