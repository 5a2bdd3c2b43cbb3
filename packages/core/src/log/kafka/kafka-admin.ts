/** `LogAdmin` on Kafka. The connection belongs to the log; closing the admin only ends its use. */
import type { LogAdmin, OffsetRange, TopicDescription } from '@drakkar/plugin-sdk/log'

import { logClosed } from '../log-errors.ts'
import type { ClusterAccess } from './cluster-access.ts'

export class KafkaAdmin implements LogAdmin {
  readonly #access: ClusterAccess
  #closed = false

  constructor(access: ClusterAccess) {
    this.#access = access
  }

  async createTopic(topic: string, partitions: number): Promise<void> {
    await this.#open().createTopic(topic, partitions)
  }

  async describeTopic(topic: string): Promise<TopicDescription | null> {
    return this.#open().describeTopic(topic)
  }

  async offsets(topic: string): Promise<ReadonlyMap<number, OffsetRange>> {
    return this.#open().ranges(topic)
  }

  async committed(group: string, topic: string): Promise<ReadonlyMap<number, number>> {
    return this.#open().committed(group, topic)
  }

  async deleteRecords(topic: string, partition: number, before: number): Promise<void> {
    await this.#open().deleteRecords(topic, partition, before)
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  #open(): ClusterAccess {
    if (this.#closed) throw logClosed('admin')
    return this.#access
  }
}
