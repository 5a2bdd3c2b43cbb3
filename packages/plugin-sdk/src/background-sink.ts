/**
 * A queue in front of a `SinkDrain`, written by one actor in the background, with a flush barrier that means durable (spec
 * DRN-1…21). Producers never wait for I/O unless they ask to.
 */
import { systemClock, type Clock } from './clock.ts'
import { closedError, flushFailure, overflowError } from './drain-errors.ts'
import { drainMetrics, type DrainMetrics, type DrainMetricsPort } from './drain-metrics.ts'
import { nextDrainStep, type DrainStep } from './drain-step.ts'
import { Fifo } from './fifo.ts'
import { FlushBarriers } from './flush-barriers.ts'
import { RoomWaiters } from './room-waiters.ts'
import type { SinkDrain } from './sink-drain.ts'
import type { CallOptions, Logger } from './sink.ts'
import { WriteFailures } from './write-failures.ts'

export interface BackgroundSinkConfig {
  /** Most messages that wait to be taken by the actor; the batch being written is not among them. Default 10 000. */
  readonly queueCapacity?: number
  /** Most messages of one `writeBatch`. Default 256. */
  readonly batchSize?: number
  /** Longest time a message waits for its batch to fill, in milliseconds. Default 100. */
  readonly flushIntervalMs?: number
  /** What `tryPush` does when the queue is full (`drop`, the default), or whether it may be used at all (`block`: it may not). */
  readonly overflow?: 'drop' | 'block'
  /** Longest time a `flush()` waits, in milliseconds. Default: no limit. */
  readonly flushTimeoutMs?: number
  /** With `metrics`: counts under `<prefix>_pushed_total` and so on. */
  readonly metricPrefix?: string
  readonly metrics?: DrainMetricsPort
  /** Gets `sink_drain_write_error` and `sink_drain_close_error`. Without it failures are counted and reported by `flush()` only. */
  readonly logger?: Logger
  readonly clock?: Pick<Clock, 'sleep'>
}

/** What `spawn` gives: the handle for producers, and a promise that resolves when the actor has ended. It never rejects. */
export interface SpawnedSink<T> {
  readonly sink: BackgroundSink<T>
  readonly join: Promise<void>
}

export class BackgroundSink<T> implements AsyncDisposable {
  readonly #drain: SinkDrain<T>
  readonly #config: BackgroundSinkConfig
  readonly #capacity: number
  readonly #batchSize: number
  readonly #clock: Pick<Clock, 'sleep'>
  readonly #metrics: DrainMetrics
  readonly #queue = new Fifo<T>()
  readonly #waiters = new RoomWaiters<T>()
  readonly #failures = new WriteFailures()
  readonly #barriers: FlushBarriers
  #accepted = 0
  #taken = 0
  #writing = 0
  #dropped = 0
  #writeErrors = 0
  #isDue = false
  #isClosing = false
  #interval: AbortController | undefined
  #wake: (() => void) | undefined
  readonly #ended: Promise<void>

  private constructor(drain: SinkDrain<T>, config: BackgroundSinkConfig, signal: AbortSignal | undefined) {
    this.#drain = drain
    this.#config = config
    this.#capacity = atLeastOne('queueCapacity', config.queueCapacity ?? 10_000)
    this.#batchSize = atLeastOne('batchSize', config.batchSize ?? 256)
    this.#clock = config.clock ?? systemClock
    this.#barriers = new FlushBarriers(this.#clock, config.flushTimeoutMs)
    this.#metrics = drainMetrics(config.metrics, config.metricPrefix)
    const shutDown = (): void => this.#beginClosing()
    signal?.addEventListener('abort', shutDown, { once: true })
    if (signal?.aborted === true) shutDown()
    this.#ended = Promise.resolve()
      .then(() => this.#run())
      .finally(() => signal?.removeEventListener('abort', shutDown))
  }

  /**
   * Starts the actor. When the signal aborts, or `close()` is called, new messages are refused, everything queued is written,
   * barriers are honoured, the drain is closed once, and `join` resolves.
   */
  static spawn<T>(drain: SinkDrain<T>, config: BackgroundSinkConfig = {}, signal?: AbortSignal): SpawnedSink<T> {
    const sink = new BackgroundSink(drain, config, signal)
    return { sink, join: sink.#ended }
  }

  /** Messages refused by `tryPush` because the queue was full. */
  get dropped(): number {
    return this.#dropped
  }

  /** Messages accepted and not yet written, the batch being written included. */
  get pending(): number {
    return this.#queue.size + this.#writing
  }

  /** Batches that could not be written, since the start. */
  get writeErrors(): number {
    return this.#writeErrors
  }

  /** Errors of writes and flushes since the last successful flush, oldest first, at most 100. */
  get lastErrors(): readonly unknown[] {
    return this.#failures.all
  }

  /**
   * Accepts the message now or throws: `DRK_DRAIN_OVERFLOW` when the queue is full (counted in `dropped`) and always in
   * `block` mode, `DRK_DRAIN_CLOSED` after the end.
   */
  tryPush(message: T): void {
    if (this.#isClosing) throw closedError()
    if (this.#config.overflow === 'block') throw overflowError(this.#capacity)
    if (!this.#hasRoom()) {
      this.#dropped += 1
      this.#metrics.dropped()
      throw overflowError(this.#capacity)
    }
    this.#accept(message)
  }

  /**
   * Resolves when the message is queued, not when it is written; waits for room in either mode, in the order of the calls.
   * Rejects with `DRK_DRAIN_CLOSED`, or with the signal's reason while it waits: then the message was not accepted.
   */
  async push(message: T, { signal }: Partial<CallOptions> = {}): Promise<void> {
    signal?.throwIfAborted()
    if (this.#isClosing) throw closedError()
    if (this.#hasRoom()) this.#accept(message)
    else await this.#waiters.wait(message, signal)
  }

  /**
   * Resolves when every message accepted before this call is written and durable. Rejects with `DRK_DRAIN_FLUSH_FAILED` when
   * one of them may not be: a write since the last flush failed, `flushDurable` failed, or `flushTimeoutMs` passed. Each
   * failed write is reported by one flush. Rejects with `DRK_DRAIN_CLOSED` after the end.
   */
  async flush(): Promise<void> {
    if (this.#isClosing) throw closedError()
    const flushed = this.#barriers.add(this.#accepted)
    this.#wakeActor()
    await flushed
  }

  /** Ends like an abort of the spawn signal. Any number of times; resolves when the actor has ended. Never rejects. */
  close(): Promise<void> {
    this.#beginClosing()
    return this.#ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #hasRoom(): boolean {
    return this.#queue.size < this.#capacity
  }

  #accept(message: T): void {
    this.#queue.push(message)
    this.#accepted += 1
    this.#metrics.pushed()
    this.#metrics.pending(this.pending)
    if (this.#queue.size >= this.#batchSize) this.#wakeActor()
    else if (this.#interval === undefined && !this.#isDue) this.#startInterval()
  }

  #startInterval(): void {
    const interval = new AbortController()
    this.#interval = interval
    void this.#clock.sleep(this.#config.flushIntervalMs ?? 100, interval.signal).then(() => {
      if (interval.signal.aborted) return
      this.#interval = undefined
      this.#isDue = true
      this.#wakeActor()
    })
  }

  #beginClosing(): void {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#waiters.refuse(closedError())
    this.#wakeActor()
  }

  #wakeActor(): void {
    this.#wake?.()
  }

  async #run(): Promise<void> {
    for (let step = this.#nextStep(); step.kind !== 'stop'; step = this.#nextStep()) {
      if (step.kind === 'write') await this.#write(step.count)
      else if (step.kind === 'settle_barriers') await this.#settleBarriers()
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    await this.#closeDrain()
  }

  #nextStep(): DrainStep {
    const writable = (this.#barriers.firstAfter ?? this.#accepted) - this.#taken
    const isClosing = this.#isClosing
    return nextDrainStep({ writable, batchSize: this.#batchSize, barriers: this.#barriers.size, isDue: this.#isDue, isClosing })
  }

  async #write(count: number): Promise<void> {
    const batch = this.#queue.take(count)
    this.#taken += batch.length
    this.#writing = batch.length
    this.#restartInterval()
    this.#waiters.admit(
      () => this.#hasRoom(),
      (message) => this.#accept(message),
    )
    try {
      await this.#drain.writeBatch(batch)
      this.#metrics.written()
    } catch (error) {
      this.#writeErrors += 1
      this.#metrics.writeFailed()
      this.#failures.add(error)
      this.#config.logger?.error('sink_drain_write_error', { error, lost: batch.length })
    }
    this.#writing = 0
    this.#metrics.pending(this.pending)
  }

  /** The interval belongs to the oldest queued message, which is another one once a batch was taken. */
  #restartInterval(): void {
    this.#interval?.abort()
    this.#interval = undefined
    this.#isDue = false
    if (this.#queue.size > 0) this.#startInterval()
  }

  /** Barriers with nothing between them share one `flushDurable`. */
  async #settleBarriers(): Promise<void> {
    const reached = this.#barriers.takeReached(this.#taken)
    try {
      await this.#drain.flushDurable?.()
    } catch (error) {
      this.#failures.add(error)
    }
    const errors = this.#failures.unreported
    const failure = errors.length === 0 ? null : flushFailure(errors)
    const wasTold = reached.map((barrier) => barrier.settle(failure)).some(Boolean)
    if (failure === null) this.#failures.clear()
    else if (wasTold) this.#failures.reported()
  }

  async #closeDrain(): Promise<void> {
    try {
      await this.#drain.close?.()
    } catch (error) {
      this.#config.logger?.error('sink_drain_close_error', { error })
    }
  }
}

function atLeastOne(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value
  throw new RangeError(`${name} must be an integer of at least 1, not ${value}`)
}
