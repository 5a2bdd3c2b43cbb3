/** Replays into a topic (modes payload, data and source). */
import { LogError, type LogProducer, type ProduceRecord } from '@drakkar/plugin-sdk/log'
import { replayMessages, type MessageOptions } from './replay-messages.ts'
import type { PublishCall, ReplayTarget } from './replay-target.ts'
import { SeenMessages, sourceIdentity } from './seen-messages.ts'

export interface LogTargetOptions extends MessageOptions {
  /** Partitions of the topic. Null: not known, because nothing will be published. */
  readonly partitions: number | null
}

/**
 * `producer`: connected; the target closes it. Null for a dry run. In the mode `source`, a message that several entries hold
 * (it failed in two sinks, or its entry was split) goes with the first of them that is published.
 */
export function logTarget(producer: LogProducer | null, options: LogTargetOptions): ReplayTarget {
  const seen = new SeenMessages()
  return {
    prepare({ record }) {
      const prepared = replayMessages(record, options)
      if (!prepared.ok) return prepared
      const all = prepared.messages.map((message, index): Pending => {
        return { message, identity: options.mode === 'source' ? sourceIdentity(record, index) : null }
      })
      const messages = all.filter(({ identity }) => identity === null || !seen.has(identity))
      // Nothing will be published that could be remembered when it has arrived.
      if (producer === null) for (const { identity } of messages) if (identity !== null) seen.add(identity)
      return {
        ok: true,
        count: messages.length,
        duplicates: all.length - messages.length,
        publish: (call) => publishAll(producer, { messages, options, call, seen }),
      }
    },
    close: async () => producer?.close(),
  }
}

interface Pending {
  readonly message: ProduceRecord
  /** Null: always published. */
  readonly identity: string | null
}

interface Publication {
  readonly messages: readonly Pending[]
  readonly options: LogTargetOptions
  readonly call: PublishCall
  readonly seen: SeenMessages
}

/** One by one: the order holds over all partitions, and after a failure it is known what has arrived. */
async function publishAll(producer: LogProducer | null, { messages, options, call, seen }: Publication): Promise<void> {
  if (producer === null) throw new TypeError('a dry run publishes nothing')
  for (const { message, identity } of messages) {
    requirePartition(message, options)
    await call.pace()
    await producer.send([message])
    if (identity !== null) seen.add(identity)
    call.published(1)
  }
}

function requirePartition({ partition }: ProduceRecord, { topic, partitions }: LogTargetOptions): void {
  if (partition === undefined || partitions === null || partition < partitions) return
  const message = `"${topic}" has ${partitions} partitions, and the message came from partition ${partition}; leave --preserve-partition out`
  throw new LogError({ kind: 'permanent', message })
}
