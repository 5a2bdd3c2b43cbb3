/**
 * The consumer of an embedded log: owns all partitions of its topic while it holds the lock of the file. One loop reads
 * and hands over; it sleeps until something is appended, or a partition is resumed.
 */
import type { CallOptions, Logger } from '@drakkar/plugin-sdk'
import type {
  Assignment,
  CommitRequest,
  CommitResult,
  ConsumerListener,
  ConsumerOptions,
  LogConsumer,
  LogError,
  OffsetRange,
} from '@drakkar/plugin-sdk/log'
import { createDeferred } from '../../runtime/deferred.ts'
import { listenerThrew, logClosed, offsetOutOfRange, startedTwice } from '../log-errors.ts'
import type { AppendWatch } from './append-watch.ts'
import { heartbeatMs } from './consumer-lock.ts'
import type { ConsumerLock } from './consumer-lock.ts'
import type { EmbeddedStore, StoredTopic } from './embedded-store.ts'
import { lockLost, toLogError } from './sqlite-failure.ts'
import { isOutOfRange, PartitionPositions } from './partition-positions.ts'
import type { Position } from './partition-positions.ts'

/** Most bytes read for one hand-over; a single larger record still comes. */
const maxHandOverBytes = 4 * 1024 * 1024
/** Pause after a read that failed and may succeed when tried again. */
const retryMs = 500

export interface EmbeddedConsumerInput {
  readonly store: EmbeddedStore
  readonly watch: AppendWatch
  readonly lock: ConsumerLock
  readonly options: ConsumerOptions
  readonly path: string
  readonly logger: Logger
}

/** What there is only while the consumer owns the partitions. */
interface Session {
  readonly topic: StoredTopic
  readonly listener: ConsumerListener
  readonly epoch: number
}

export class EmbeddedConsumer implements LogConsumer {
  readonly #input: EmbeddedConsumerInput
  readonly #positions = new PartitionPositions()
  #started = false
  #session: Session | null = null
  #stopping: Promise<void> | null = null
  #starting: Promise<void> = Promise.resolve()
  #running: Promise<void> = Promise.resolve()
  #heartbeat: NodeJS.Timeout | null = null
  #wake = createDeferred()

  constructor(input: EmbeddedConsumerInput) {
    this.#input = input
  }

  async start(listener: ConsumerListener, call: CallOptions): Promise<void> {
    if (this.#stopping !== null) throw logClosed('consumer')
    if (this.#started) throw startedTwice()
    call.signal.throwIfAborted()
    this.#started = true
    const starting = this.#begin(listener, call)
    // `stop` only needs to know when the start has ended; its failure is the caller's.
    this.#starting = starting.catch(() => undefined)
    await starting
  }

  pause(partitions: readonly number[]): void {
    this.#positions.pause(partitions)
  }

  resume(partitions: readonly number[]): void {
    this.#positions.resume(partitions)
    this.#wake.resolve()
  }

  async commit(requests: readonly CommitRequest[]): Promise<CommitResult> {
    const session = this.#session
    const ours = requests.filter(({ partition, epoch }) => epoch === session?.epoch && this.#positions.has(partition))
    if (session === null || ours.length === 0) return { committed: [], refused: requests }
    const { store, lock, options, path } = this.#input
    try {
      const held = await store.commit({ group: options.group, topic: session.topic, token: lock.token, requests: ours })
      if (!held) return { committed: [], refused: requests }
    } catch (error) {
      throw toLogError(error, path)
    }
    return { committed: ours, refused: requests.filter((request) => !ours.includes(request)) }
  }

  async lag(): Promise<ReadonlyMap<number, number>> {
    const session = this.#session
    if (session === null) return new Map()
    try {
      const [ranges, committed] = await Promise.all([
        this.#input.store.ranges(session.topic),
        this.#input.store.committed(this.#input.options.group, session.topic),
      ])
      return new Map([...ranges].map(([partition, { end }]) => [partition, Math.max(0, end - (committed.get(partition) ?? 0))]))
    } catch (error) {
      this.#input.logger.warn('lag_unknown', { error: toLogError(error, this.#input.path).message })
      return new Map(Array.from({ length: session.topic.partitions }, (_, partition) => [partition, 0]))
    }
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#end()
    return this.#stopping
  }

  async #begin(listener: ConsumerListener, call: CallOptions): Promise<void> {
    try {
      await this.#own(listener, call)
    } catch (error) {
      await this.#release()
      call.signal.throwIfAborted()
      throw toLogError(error, this.#input.path)
    }
  }

  async #own(listener: ConsumerListener, call: CallOptions): Promise<void> {
    const topic = await this.#input.store.topic(this.#input.options.topic)
    call.signal.throwIfAborted()
    const epoch = await this.#input.lock.acquire()
    const assignments = await this.#assignments(topic, epoch)
    call.signal.throwIfAborted()
    if (this.#stopping !== null) throw logClosed('consumer')
    this.#session = { topic, listener, epoch }
    try {
      listener.onAssign(assignments)
    } catch (error) {
      this.#session = null
      throw listenerThrew(error)
    }
    if (this.#session === null) throw logClosed('consumer')
    this.#heartbeat = setInterval(() => void this.#beat(), heartbeatMs)
    this.#running = this.#run()
  }

  async #assignments(topic: StoredTopic, epoch: number): Promise<Assignment[]> {
    const { store, options } = this.#input
    const [ranges, committed] = [await store.ranges(topic), await store.committed(options.group, topic)]
    return [...ranges].map(([partition, { start, end }]) => {
      const offset = committed.get(partition) ?? null
      this.#positions.set(partition, offset ?? (options.offsetReset === 'earliest' ? start : end))
      return { partition, epoch, committed: offset }
    })
  }

  /** Synchronous up to the first await: nothing is delivered after `stop` was called. */
  async #end(): Promise<void> {
    this.#session = null
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat)
    this.#wake.resolve()
    await this.#starting
    await this.#release()
  }

  /** A lock that cannot be given back is taken over by the next consumer once this process has ended. */
  async #release(): Promise<void> {
    try {
      await this.#input.lock.release()
    } catch (error) {
      this.#input.logger.warn('consumer_lock_not_released', { error: toLogError(error, this.#input.path).message })
    }
  }

  async #run(): Promise<void> {
    const unsubscribe = this.#input.watch.subscribe(() => this.#wake.resolve())
    while (this.#session !== null) {
      this.#wake = createDeferred()
      const again = await this.#round(this.#session)
      if (!again && this.#session !== null) await this.#wake.promise
    }
    unsubscribe()
  }

  /** Reads once from each partition that has something. False: there is nothing to do until something changes. */
  async #round(session: Session): Promise<boolean> {
    let again = false
    try {
      const ranges = await this.#input.store.ranges(session.topic)
      for (const position of this.#positions.ready(ranges)) {
        const range = ranges.get(position.partition)
        if (this.#session === null || range === undefined) break
        if (isOutOfRange(position.next, range)) this.#applyPolicy(session, position, range)
        again = (await this.#handOver(session, position)) || again
      }
    } catch (error) {
      await this.#recover(session, toLogError(error, this.#input.path))
      return true
    }
    return again
  }

  /** True: look again. */
  async #handOver(session: Session, position: Position): Promise<boolean> {
    if (this.#session === null || !this.#positions.mayDeliver(position)) return false
    const { store, options } = this.#input
    const { partition, next } = position
    const records = await store.fetch(session.topic, {
      partition,
      offset: next,
      maxRecords: options.maxPollRecords,
      maxBytes: maxHandOverBytes,
    })
    const last = records.at(-1)
    // Paused or stopped while reading: the records are read again later.
    if (this.#session === null || !this.#positions.mayDeliver(position) || last === undefined) return false
    // Deleted between the two questions: the next round finds the offset out of range.
    if (records[0]?.offset !== next) return true
    position.next = last.offset + 1
    this.#tell(session, (listener) => listener.onRecords(partition, records))
    return true
  }

  #applyPolicy(session: Session, position: Position, { start, end }: OffsetRange): void {
    const { topic, onOffsetOutOfRange: policy } = this.#input.options
    const error = offsetOutOfRange({ topic, partition: position.partition, next: position.next, start, end, policy })
    if (policy === 'stop') position.silent = true
    else position.next = policy === 'earliest' ? start : end
    this.#tell(session, (listener) => listener.onError(error))
  }

  /** Reports a failure of the loop: waits when trying again can help, else ends. */
  async #recover(session: Session, error: LogError): Promise<void> {
    if (this.#session === null) return
    if (error.kind !== 'transient') return this.#fail(session, error)
    this.#tell(session, (listener) => listener.onError(error))
    await Promise.race([new Promise((resolve) => setTimeout(resolve, retryMs)), this.#wake.promise])
  }

  async #beat(): Promise<void> {
    const session = this.#session
    try {
      const held = await this.#input.lock.heartbeat()
      if (!held && session !== null && this.#session !== null) this.#lose(session)
    } catch (error) {
      if (session !== null) this.#tell(session, (listener) => listener.onError(toLogError(error, this.#input.path)))
    }
  }

  #lose(session: Session): void {
    this.#tell(session, (listener) => listener.onLost(Array.from({ length: session.topic.partitions }, (_, partition) => partition)))
    this.#fail(session, lockLost(this.#input.path))
  }

  #tell(session: Session, call: (listener: ConsumerListener) => void): void {
    if (this.#session === null) return
    try {
      call(session.listener)
    } catch (error) {
      this.#fail(session, listenerThrew(error))
    }
  }

  #fail(session: Session, error: LogError): void {
    if (this.#session === null) return
    void this.stop()
    session.listener.onError(error)
  }

  /** Resolves when the loop has ended. */
  async ended(): Promise<void> {
    await this.#running
  }
}
