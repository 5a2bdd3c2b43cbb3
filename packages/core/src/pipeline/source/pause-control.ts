/**
 * Which partitions the consumer shall not deliver: all of them (backpressure, stop), or single ones that hold too much
 * uncommitted. Keeps what was asked of the consumer, so that only changes are told, and a call that failed is made again
 * (spec SRC-11…14).
 */
import type { Clock } from '@drakkar/plugin-sdk'
import type { LogConsumer } from '@drakkar/plugin-sdk/log'
import type { AppLogger } from '../../observability/logger.ts'

export interface PauseControlOptions {
  readonly consumer: Pick<LogConsumer, 'pause' | 'resume'>
  readonly clock: Clock
  readonly logger: AppLogger
}

/** Pause before a call that threw is made again. */
export const pauseRetryMs = 500

export class PauseControl {
  readonly #options: PauseControlOptions
  /** Partition → what the consumer was last told; null: nothing yet, or the call failed. */
  readonly #told = new Map<number, boolean | null>()
  readonly #blocked = new Set<number>()
  readonly #ended = new AbortController()
  #all = false
  #retrying = false

  constructor(options: PauseControlOptions) {
    this.#options = options
  }

  /** The partitions are ours: says at once whether they are to rest, whatever an earlier assignment was told. */
  add(partitions: readonly number[]): void {
    for (const partition of partitions) this.#told.set(partition, null)
    this.#apply()
  }

  /** The partitions are gone. */
  remove(partitions: readonly number[]): void {
    for (const partition of partitions) {
      this.#told.delete(partition)
      this.#blocked.delete(partition)
    }
  }

  /** Backpressure: pauses or resumes every partition, those to come included. */
  setAll(paused: boolean): void {
    this.#all = paused
    this.#apply()
  }

  /** Pauses one partition, whatever the others do, until it is unblocked or gone. */
  setBlocked(partition: number, blocked: boolean): void {
    if (blocked && this.#told.has(partition)) this.#blocked.add(partition)
    else this.#blocked.delete(partition)
    this.#apply()
  }

  /** Everything rests from here on. A call that fails now is not made again: what still comes is ignored. */
  stop(): void {
    this.#ended.abort()
    this.#apply()
  }

  #apply(): void {
    this.#tell(true)
    this.#tell(false)
  }

  #tell(pause: boolean): void {
    const partitions = [...this.#told].flatMap(([partition, told]) => {
      const wanted = this.#isToRest(partition)
      return wanted === pause && told !== wanted ? [partition] : []
    })
    if (partitions.length === 0) return
    const { consumer, logger } = this.#options
    try {
      if (pause) consumer.pause(partitions)
      else consumer.resume(partitions)
    } catch (error) {
      for (const partition of partitions) this.#told.set(partition, null)
      logger.warn('pause_failed', { partitions, pause, error })
      void this.#retryLater()
      return
    }
    for (const partition of partitions) this.#told.set(partition, pause)
    logger.debug(pause ? 'partitions_paused' : 'partitions_resumed', { partitions })
  }

  #isToRest(partition: number): boolean {
    return this.#all || this.#ended.signal.aborted || this.#blocked.has(partition)
  }

  async #retryLater(): Promise<void> {
    if (this.#retrying || this.#ended.signal.aborted) return
    this.#retrying = true
    await this.#options.clock.sleep(pauseRetryMs, this.#ended.signal)
    this.#retrying = false
    this.#apply()
  }
}
