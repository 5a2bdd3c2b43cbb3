/** A group member of the memory log. Records are handed over from microtasks, one hand-over each, partitions in turn. */
import type { Assignment, CommitRequest, CommitResult, ConsumerListener, ConsumerOptions, LogConsumer } from '@drakkar/plugin-sdk/log'
import type { CallOptions } from '@drakkar/plugin-sdk'
import { createDeferred } from '../../runtime/deferred.ts'
import { listenerThrew, logClosed, offsetOutOfRange, startedTwice, topicMissing } from '../log-errors.ts'
import type { GroupMember, MemoryGroup } from './memory-group.ts'
import type { MemoryFaults } from './memory-faults.ts'
import type { MemoryStore } from './memory-store.ts'

interface Position {
  next: number
  /** Being revoked, or its next offset does not exist and the policy is to stop. */
  silent: boolean
}

export interface MemoryConsumerInput {
  readonly store: MemoryStore
  readonly options: ConsumerOptions
  readonly faults: MemoryFaults
}

export class MemoryConsumer implements LogConsumer {
  readonly #store: MemoryStore
  readonly #options: ConsumerOptions
  readonly #faults: MemoryFaults
  readonly #positions = new Map<number, Position>()
  readonly #paused = new Set<number>()
  readonly #gone = createDeferred()
  #listener: ConsumerListener | null = null
  #group: MemoryGroup | null = null
  #stopped = false
  #woken = false
  #lastPartition = -1
  #unsubscribe: () => void = () => undefined

  readonly #member: GroupMember = {
    rebalancing: () => this.#tell((listener) => listener.onRebalancing()),
    revoke: (partitions) => this.#revoke(partitions),
    lose: (partitions) => {
      for (const partition of partitions) this.#positions.delete(partition)
      this.#tell((listener) => listener.onLost(partitions))
    },
    assign: (assignments) => this.#assign(assignments),
  }

  constructor(input: MemoryConsumerInput) {
    this.#store = input.store
    this.#options = input.options
    this.#faults = input.faults
  }

  async start(listener: ConsumerListener, call: CallOptions): Promise<void> {
    if (this.#stopped) throw logClosed('consumer')
    if (this.#listener !== null) throw startedTwice()
    call.signal.throwIfAborted()
    const { topic, group } = this.#options
    if (this.#store.partitionCount(topic) === null) throw topicMissing(topic)
    this.#listener = listener
    const subscriptions = [this.#store.onAppend(() => this.#wake()), this.#faults.onRecovery(() => this.#wake())]
    this.#unsubscribe = () => {
      for (const unsubscribe of subscriptions) unsubscribe()
    }
    this.#group = this.#store.group(group, topic)
    const onAbort = (): void => void this.stop()
    call.signal.addEventListener('abort', onAbort, { once: true })
    try {
      await Promise.race([this.#group.join(this.#member), this.#gone.promise])
      call.signal.throwIfAborted()
    } finally {
      call.signal.removeEventListener('abort', onAbort)
    }
  }

  pause(partitions: readonly number[]): void {
    for (const partition of partitions) this.#paused.add(partition)
  }

  resume(partitions: readonly number[]): void {
    for (const partition of partitions) this.#paused.delete(partition)
    this.#wake()
  }

  async commit(requests: readonly CommitRequest[]): Promise<CommitResult> {
    const fault = requests.length === 0 ? undefined : this.#faults.takeCommit()
    if (fault !== undefined) throw fault
    const committed = requests.filter(({ partition, epoch }) => this.#group?.owns(this.#member, partition, epoch) ?? false)
    const offsets = this.#store.committed(this.#options.group, this.#options.topic)
    for (const { partition, offset } of committed) offsets.set(partition, offset)
    return { committed, refused: requests.filter((request) => !committed.includes(request)) }
  }

  async lag(): Promise<ReadonlyMap<number, number>> {
    const { group, topic } = this.#options
    const committed = this.#store.committed(group, topic)
    const distance = (partition: number): number => this.#store.range(topic, partition).end - (committed.get(partition) ?? 0)
    return new Map([...this.#positions.keys()].map((partition) => [partition, Math.max(0, distance(partition))]))
  }

  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    this.#unsubscribe()
    this.#positions.clear()
    this.#gone.resolve()
    void this.#group?.leave(this.#member)
  }

  async #revoke(partitions: readonly number[]): Promise<void> {
    for (const partition of partitions) {
      const position = this.#positions.get(partition)
      if (position !== undefined) position.silent = true
    }
    const revoked = createDeferred()
    this.#tell(
      (listener) =>
        void listener.onRevoke(partitions).then(revoked.resolve, (error: unknown) => {
          this.#fail(error)
          revoked.resolve()
        }),
    )
    await Promise.race([revoked.promise, this.#gone.promise])
    for (const partition of partitions) this.#positions.delete(partition)
  }

  #assign(assignments: readonly Assignment[]): void {
    if (this.#stopped) return
    for (const { partition, committed } of assignments) {
      const { start, end } = this.#store.range(this.#options.topic, partition)
      const reset = this.#options.offsetReset === 'earliest' ? start : end
      this.#positions.set(partition, { next: committed ?? reset, silent: false })
    }
    this.#tell((listener) => listener.onAssign(assignments))
    this.#wake()
  }

  #wake(): void {
    if (this.#woken || this.#stopped) return
    this.#woken = true
    queueMicrotask(() => {
      this.#woken = false
      if (!this.#stopped && this.#handOver()) this.#wake()
    })
  }

  /** Hands over records of the next partition that has some. False: there is nothing to deliver. */
  #handOver(): boolean {
    const ascending = [...this.#positions.keys()].toSorted((a, b) => a - b)
    const inTurn = [
      ...ascending.filter((partition) => partition > this.#lastPartition),
      ...ascending.filter((partition) => partition <= this.#lastPartition),
    ]
    return inTurn.some((partition) => this.#handOverPartition(partition))
  }

  #handOverPartition(partition: number): boolean {
    const position = this.#positions.get(partition)
    if (position === undefined || position.silent || this.#paused.has(partition)) return false
    if (!this.#inRange(partition, position)) return false
    const records = this.#store.slice(this.#options.topic, partition, { offset: position.next, limit: this.#options.maxPollRecords })
    if (records.length === 0 || this.#faults.keepsBack()) return false
    this.#lastPartition = partition
    position.next += records.length
    this.#tell((listener) => listener.onRecords(partition, records))
    return true
  }

  /** Applies the policy when the next offset does not exist; false when the partition has to stay silent. */
  #inRange(partition: number, position: Position): boolean {
    const { topic, onOffsetOutOfRange: policy } = this.#options
    const { start, end } = this.#store.range(topic, partition)
    if (position.next >= start && position.next <= end) return true
    const error = offsetOutOfRange({ topic, partition, next: position.next, start, end, policy })
    if (policy === 'stop') position.silent = true
    else position.next = policy === 'earliest' ? start : end
    this.#tell((listener) => listener.onError(error))
    return !position.silent && !this.#stopped
  }

  #tell(call: (listener: ConsumerListener) => void): void {
    if (this.#stopped || this.#listener === null) return
    try {
      call(this.#listener)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** A listener that throws has broken the port's contract: the consumer ends instead of losing records silently. */
  #fail(cause: unknown): void {
    const listener = this.#listener
    if (this.#stopped || listener === null) return
    void this.stop()
    listener.onError(listenerThrew(cause))
  }
}
