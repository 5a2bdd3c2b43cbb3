/**
 * Positions and deliveries of the partitions a consumer owns: batches in, records of the listener out, pauses and seeks
 * told to kafkajs. Knows nothing of the group.
 */
import type { ConsumerListener, ConsumerOptions } from '@drakkar/plugin-sdk/log'
import type { Batch, Consumer } from 'kafkajs'

import { HeldRecords } from './held-records.ts'
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
  /** Runs work that comes from no event of kafkajs; what it throws ends the consumer. */
  readonly guarded: (work: () => void) => void
}

/**
 * A pause keeps what has been fetched: it is handed over on resume, without another fetch. kafkajs itself is paused only
 * when a batch arrives that cannot be handed over, so that a short pause costs nothing and a long one holds one batch.
 */
export class PartitionFlow {
  readonly #options: PartitionFlowOptions
  readonly #held = new WeakMap<OwnedPartition, HeldRecords>()
  /** Paused at kafkajs. */
  readonly #stopped = new Set<number>()
  #isPumping = false

  constructor(options: PartitionFlowOptions) {
    this.#options = options
  }

  /** Hands the new records of a batch over, a slice at a time; where a pause cuts in the rest is held. */
  deliver(batch: Batch): void {
    const owned = this.#options.ledger.get(batch.partition)
    if (owned === undefined || !this.#options.isRunning()) return
    const held = this.#heldOf(owned)
    const offsets = batch.messages.map((message) => parseOffset(message.offset))
    const verdict = judgeBatch(held.end, { fetchedOffset: fetchedOffset(batch, held.end), offsets })
    if (verdict.kind === 'skipped') return this.seek(owned)
    const messages = verdict.kind === 'deliver' ? batch.messages.slice(verdict.fromIndex) : []
    held.add(copyRecords(this.#options.options.topic, owned.partition, messages), parseOffset(batch.lastOffset()) + 1)
    this.#handOver(owned, held)
    if (!held.isEmpty) this.stopFetching([owned.partition])
  }

  /** kafkajs went past a batch that holds nothing to deliver: markers of transactions, compacted records. */
  passOver(partition: number, firstOffset: number, lastOffset: number): void {
    const owned = this.#options.ledger.get(partition)
    if (owned === undefined) return
    const held = this.#heldOf(owned)
    if (firstOffset > held.end) return
    held.add([], lastOffset + 1)
    if (held.isEmpty) owned.next = held.end
  }

  /** Fetches again from our position; what is held is forgotten. */
  seek(owned: OwnedPartition): void {
    this.#held.delete(owned)
    this.#options.consumer.seek({ topic: this.#options.options.topic, partition: owned.partition, offset: String(owned.next) })
  }

  /** No more fetches, whatever the ledger says. */
  stopFetching(partitions: readonly number[]): void {
    if (partitions.length === 0) return
    for (const partition of partitions) this.#stopped.add(partition)
    this.#options.consumer.pause([{ topic: this.#options.options.topic, partitions: [...partitions] }])
  }

  /** The ledger has opened partitions: hands over what is held, soon and not within this call, and fetches on. */
  resume(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    queueMicrotask(() => {
      this.#isPumping = false
      this.#options.guarded(() => this.#pump())
    })
  }

  /** After a join: kafkajs begins at the committed offset and has forgotten, or wrongly remembers, what is paused. */
  restore(partitions: readonly number[]): void {
    const owned = partitions.flatMap((partition) => this.#options.ledger.get(partition) ?? [])
    const open = owned.filter(({ partition }) => this.#options.ledger.isOpen(partition))
    this.stopFetching(owned.filter((one) => !open.includes(one)).map(({ partition }) => partition))
    for (const one of owned) this.seek(one)
    this.#fetch(open.map(({ partition }) => partition))
  }

  #pump(): void {
    const { ledger } = this.#options
    for (const partition of ledger.partitions) {
      const owned = ledger.get(partition)
      if (owned !== undefined) this.#handOver(owned, this.#heldOf(owned))
    }
    this.#fetch([...this.#stopped].filter((partition) => ledger.isOpen(partition) && this.#isDrained(partition)))
  }

  #fetch(partitions: readonly number[]): void {
    if (partitions.length === 0) return
    for (const partition of partitions) this.#stopped.delete(partition)
    this.#options.consumer.resume([{ topic: this.#options.options.topic, partitions: [...partitions] }])
  }

  #handOver(owned: OwnedPartition, held: HeldRecords): void {
    const { listener, options } = this.#options
    while (!held.isEmpty && this.#mayDeliver(owned)) {
      const records = held.take(options.maxPollRecords)
      owned.delivered = (records.at(-1)?.offset ?? owned.next) + 1
      owned.next = held.isEmpty ? held.end : owned.delivered
      listener.onRecords(owned.partition, records)
    }
    if (held.isEmpty) owned.next = Math.max(owned.next, held.end)
  }

  #heldOf(owned: OwnedPartition): HeldRecords {
    const known = this.#held.get(owned)
    if (known !== undefined && (!known.isEmpty || known.end === owned.next)) return known
    const held = new HeldRecords(owned.next)
    this.#held.set(owned, held)
    return held
  }

  #isDrained(partition: number): boolean {
    const owned = this.#options.ledger.get(partition)
    return owned === undefined || this.#heldOf(owned).isEmpty
  }

  #mayDeliver(owned: OwnedPartition): boolean {
    const { isRunning, ledger } = this.#options
    return isRunning() && ledger.get(owned.partition) === owned && ledger.isOpen(owned.partition)
  }
}

/** kafkajs's declarations leave it out; without it a jump of its position could not be told from a gap in the log. */
function fetchedOffset(batch: Batch, fallback: number): number {
  const offset: unknown = 'fetchedOffset' in batch ? batch.fetchedOffset : undefined
  return typeof offset === 'string' || typeof offset === 'number' ? parseOffset(offset) : fallback
}
