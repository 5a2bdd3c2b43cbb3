/** How many partitions the topics have that are written to, and which one a record goes to. */
import type { ProduceRecord } from '@drakkar/plugin-sdk/log'

import { keyPartition } from '../key-partition.ts'
import { partitionMissing, topicMissing } from '../log-errors.ts'
import type { ClusterAccess } from './cluster-access.ts'

/** A topic may grow; keys then move, as with every Kafka client. */
const knownForMs = 60_000

interface KnownTopic {
  readonly partitions: number
  readonly askedAtMs: number
  /** Where the next record without a key goes. */
  turn: number
}

export class TopicPartitions {
  readonly #access: Pick<ClusterAccess, 'describeTopic'>
  readonly #now: () => number
  readonly #known = new Map<string, KnownTopic>()

  constructor(access: Pick<ClusterAccess, 'describeTopic'>, now: () => number = Date.now) {
    this.#access = access
    this.#now = now
  }

  /** Makes `choose` possible for these topics. Rejects with `DRK_LOG_TOPIC_MISSING`. */
  async learn(topics: ReadonlySet<string>): Promise<void> {
    for (const topic of topics) {
      const known = this.#known.get(topic)
      if (known !== undefined && this.#now() - known.askedAtMs < knownForMs) continue
      const described = await this.#access.describeTopic(topic)
      if (described === null) throw topicMissing(topic)
      this.#known.set(topic, { partitions: described.partitions, askedAtMs: this.#now(), turn: known?.turn ?? 0 })
    }
  }

  /** After a failure: what was known may be what was wrong. */
  forget(): void {
    this.#known.clear()
  }

  /** Throws a permanent `LogError` for a partition that does not exist. */
  choose(record: ProduceRecord): number {
    const known = this.#known.get(record.topic)
    if (known === undefined) throw topicMissing(record.topic)
    if (record.partition !== undefined) {
      if (record.partition < 0 || record.partition >= known.partitions) throw partitionMissing(record.topic, record.partition)
      return record.partition
    }
    if (record.key !== undefined && record.key !== null) return keyPartition(record.key, known.partitions)
    known.turn = (known.turn + 1) % known.partitions
    return known.turn
  }
}
