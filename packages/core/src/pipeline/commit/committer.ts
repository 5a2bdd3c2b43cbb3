/** Commits the watermarks of all partitions: one commit at a time, together for all partitions that moved. */
import { type Clock, errorMessage, LogError, redactText } from '@drakkar/plugin-sdk'
import type { CommitRequest, CommitResult } from '@drakkar/plugin-sdk/log'
import type { AppLogger } from '../../observability/logger.ts'
import type { PipelineCounters } from '../../observability/pipeline-counters.ts'
import { within } from '../../runtime/within.ts'

/** What a commit needs of an assignment. */
export interface Committable {
  commitRequest(): CommitRequest | null
  acknowledgeCommit(offset: number): void
}

export interface CommitterPorts {
  /** The present assignments. */
  assignments(): Iterable<Committable>
  commit(requests: readonly CommitRequest[]): Promise<CommitResult>
  readonly clock: Clock
  readonly stats: PipelineCounters
  readonly logger: AppLogger
}

/** Shortest time between two commits: caps what committing costs, and what a crash makes run again. */
export const commitIntervalMs = 50
/** Pause after a commit the log did not accept. */
export const commitRetryMs = 500
/** The same while somebody waits for it: partitions leave, or the worker stops. */
export const flushRetryMs = 100

/** `refused`: some of it is no longer ours to commit. `failed`: nothing of it is known to be committed. */
export type CommitOutcome = 'accepted' | 'refused' | 'failed'

interface Due {
  readonly assignment: Committable
  readonly request: CommitRequest
}

export class Committer {
  readonly #ports: CommitterPorts
  readonly #stopped = new AbortController()
  #dirty = false
  #running: Promise<void> | null = null

  constructor(ports: CommitterPorts) {
    this.#ports = ports
  }

  /** Something may be committable: a commit follows soon. Cheap, called per message. */
  nudge(): void {
    this.#dirty = true
    if (this.#running !== null || this.#stopped.signal.aborted) return
    this.#running = this.#run().finally(() => {
      this.#running = null
      if (this.#dirty) this.nudge()
    })
  }

  /** Commits what is committable at this moment; the request is made before this returns. Never rejects. */
  commitNow(): Promise<CommitOutcome> {
    const due = [...this.#ports.assignments()].flatMap((assignment) => {
      const request = assignment.commitRequest()
      return request === null ? [] : [{ assignment, request }]
    })
    if (due.length === 0) return Promise.resolve('accepted')
    return this.#commit(due)
  }

  /**
   * Commits what is committable, again and again while that fails, for at most `limitMs`: a rebalance in progress passes (spec
   * REB-12). What is refused is not tried again: it belongs to somebody else. True: accepted. Never rejects.
   */
  async flush(limitMs: number): Promise<boolean> {
    const { clock } = this.#ports
    const over = new AbortController()
    const committed = this.#flush(over.signal)
    await within(committed, { clock, limitMs })
    over.abort()
    return committed
  }

  async #flush(over: AbortSignal): Promise<boolean> {
    const { clock } = this.#ports
    const ended = new Promise<CommitOutcome>((resolve) => over.addEventListener('abort', () => resolve('failed'), { once: true }))
    let outcome = await Promise.race([this.commitNow(), ended])
    while (outcome === 'failed' && !over.aborted) {
      await clock.sleep(flushRetryMs, over)
      if (!over.aborted) outcome = await Promise.race([this.commitNow(), ended])
    }
    return outcome === 'accepted'
  }

  /** No commit follows by itself any more; resolves when none is in flight. `commitNow` still works. */
  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#dirty && !this.#stopped.signal.aborted) {
      this.#dirty = false
      const ok = (await this.commitNow()) === 'accepted'
      if (!ok) this.#dirty = true
      await this.#ports.clock.sleep(ok ? commitIntervalMs : commitRetryMs, this.#stopped.signal)
    }
  }

  async #commit(due: readonly Due[]): Promise<CommitOutcome> {
    try {
      const result = await this.#ports.commit(due.map(({ request }) => request))
      this.#acknowledge(due, result)
      return result.refused.length === 0 ? 'accepted' : 'refused'
    } catch (error) {
      this.#ports.stats.commitFailures += 1
      const kind = LogError.isInstance(error) ? error.kind : 'unknown'
      this.#ports.logger.warn('commit_failed', { kind, error: redactText(errorMessage(error)) })
      return 'failed'
    }
  }

  #acknowledge(due: readonly Due[], result: CommitResult): void {
    const accepted = new Map(result.committed.map((request) => [request.partition, request]))
    for (const { assignment, request } of due) {
      if (accepted.get(request.partition)?.epoch !== request.epoch) continue
      assignment.acknowledgeCommit(request.offset)
      this.#ports.stats.commits += 1
    }
    if (result.refused.length > 0)
      this.#ports.logger.debug('commit_refused', { partitions: result.refused.map(({ partition }) => partition) })
  }
}
