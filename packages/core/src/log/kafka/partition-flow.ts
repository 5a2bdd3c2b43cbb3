/**
 * Positions and deliveries of the partitions a consumer owns: batches in, records of the listener out, pauses and seeks
 * told to kafkajs. Knows nothing of the group.
 */
import type { ConsumerListener, ConsumerOptions } from '@drakkar/plugin-sdk/log'
import type { Batch, Consumer } from 'kafkajs'

import type { FetchedMessage } from './cluster-types.ts'
import { copyRecords, parseOffset } from './kafka-record.ts'
import type { OwnedPartition, PartitionLedger } from './partition-ledger.ts'
import { judgeBatch } from './partition-position.ts'

/** What the flow tells kafkajs. */
export type FetchControl = Pick<Consumer, 'seek' | 'pause' | 'resume'>

export interface PartitionFlowOptions {
  readonly consumer: FetchControl
  readonly ledger: PartitionLedger
  readonly options: Pick<ConsumerOptions, 'topic' | 'maxPollRecords'>
  readonly listener: ConsumerListener
  /** False once the consumer was stopped, also in the middle of a batch. */
  readonly isRunning: () => boolean
}

export class PartitionFlow {
  readonly #consumer: FetchControl
  readonly #ledger: PartitionLedger
  readonly #topic: string
  readonly #maxPollRecords: number
  readonly #listener: ConsumerListener
  readonly #isRunning: () => boolean

  constructor(options: PartitionFlowOptions) {
    this.#consumer = options.consumer
    this.#ledger = options.ledger
    this.#topic = options.options.topic
    this.#maxPollRecords = options.options.maxPollRecords
    this.#listener = options.listener
    this.#isRunning = options.isRunning
  }

  /** Hands the new records of a batch over, a slice at a time, and stops where a pause, a stop or a loss cuts in. */
  deliver(batch: Batch): void {
    const owned = this.#ledger.get(batch.partition)
    if (owned === undefined || !this.#isRunning()) return
    const offsets = batch.messages.map((message) => parseOffset(message.offset))
    const verdict = judgeBatch(owned.next, { fetchedOffset: fetchedOffset(batch, owned.next), offsets })
    if (verdict.kind === 'skipped') return this.seek(owned)
    if (verdict.kind === 'deliver' && !this.#handOver(owned, batch.messages.slice(verdict.fromIndex))) return
    owned.next = Math.max(owned.next, parseOffset(batch.lastOffset()) + 1)
  }

  /** kafkajs went past a batch that holds nothing to deliver: markers of transactions, compacted records. */
  passOver(partition: number, firstOffset: number, lastOffset: number): void {
    const owned = this.#ledger.get(partition)
    if (owned !== undefined && firstOffset <= owned.next) owned.next = Math.max(owned.next, lastOffset + 1)
  }

  seek(owned: OwnedPartition): void {
    this.#consumer.seek({ topic: this.#topic, partition: owned.partition, offset: String(owned.next) })
  }

  pause(partitions: readonly number[]): void {
    if (partitions.length > 0) this.#consumer.pause([{ topic: this.#topic, partitions: [...partitions] }])
  }

  /** From our position: what was fetched beyond it and not delivered is fetched again. */
  resume(partitions: readonly OwnedPartition[]): void {
    for (const owned of partitions) this.seek(owned)
    if (partitions.length > 0) this.#consumer.resume([{ topic: this.#topic, partitions: partitions.map(({ partition }) => partition) }])
  }

  /** After a join: kafkajs begins at the committed offset and has forgotten, or wrongly remembers, what is paused. */
  restore(partitions: readonly number[]): void {
    const owned = partitions.flatMap((partition) => this.#ledger.get(partition) ?? [])
    const open = owned.filter(({ partition }) => this.#ledger.isOpen(partition))
    this.pause(owned.filter((one) => !open.includes(one)).map(({ partition }) => partition))
    this.resume(open)
  }

  /** False when it was cut short; the position is then the next record not handed over. */
  #handOver(owned: OwnedPartition, messages: readonly FetchedMessage[]): boolean {
    for (let start = 0; start < messages.length; start += this.#maxPollRecords) {
      if (!this.#mayDeliver(owned)) return false
      const records = copyRecords(this.#topic, owned.partition, messages.slice(start, start + this.#maxPollRecords))
      owned.next = (records.at(-1)?.offset ?? owned.next) + 1
      this.#listener.onRecords(owned.partition, records)
    }
    return true
  }

  #mayDeliver(owned: OwnedPartition): boolean {
    return this.#isRunning() && this.#ledger.get(owned.partition) === owned && this.#ledger.isOpen(owned.partition)
  }
}

/** kafkajs's declarations leave it out; without it a jump of its position could not be told from a gap in the log. */
function fetchedOffset(batch: Batch, fallback: number): number {
  const offset: unknown = 'fetchedOffset' in batch ? batch.fetchedOffset : undefined
  return typeof offset === 'string' || typeof offset === 'number' ? parseOffset(offset) : fallback
}
