/**
 * The way of payloads to one sink instance: queue → batch → deliver → policy, until every payload has an end state.
 * While a batch is in flight further groups gather; a batch keeps its place in `maxInFlight` until all of its payloads
 * are settled, retries and their waits included, so that a failing sink slows its lane and never grows it.
 */
import { classifyError, errorMessage, redactText, SinkError, validateResponses } from '@drakkar/plugin-sdk'
import type { Clock, DeliverCall, DeliverResult, DeliveryItem, Logger, SinkResponse } from '@drakkar/plugin-sdk'
import { callLimit, firstAbort } from './call-limit.ts'
import type { DeliveryGroup } from './delivery-group.ts'
import { backoffDelayMs, deliveryBackoff, fastRetryDelayMs } from './retry-delay.ts'
import { SinkCounters } from './sink-counters.ts'

export interface LaneRules {
  readonly type: string
  readonly name: string
  readonly idempotent: boolean
  /** Groups of several results may share a batch. */
  readonly batching: boolean
  readonly maxItems: number
  readonly maxInFlight: number
  readonly fastRetries: number
  readonly maxRetries: number
  /** Null: no deadline. */
  readonly deliveryTimeoutMs: number | null
}

/**
 * What becomes of a group whose delivery failed. With `settling` it leaves its batch at once and reaches its end state, or is
 * given up (false), by itself: a dead-letter log that is down holds back the group and nothing else of the lane.
 */
export type GroupDecision = 'retry' | 'settled' | 'abandoned' | { readonly settling: Promise<boolean> }

export interface LanePorts {
  readonly clock: Clock
  readonly logger: Logger
  readonly random: () => number
  deliver(batch: readonly DeliveryItem<unknown>[], call: DeliverCall): Promise<DeliverResult> | DeliverResult
  /** What to do with a group whose delivery failed: the handler's hook, then the dead-letter log. */
  decide(group: DeliveryGroup, error: SinkError, mayRetry: boolean): Promise<GroupDecision>
}

interface Waiting {
  readonly group: DeliveryGroup
  readonly settle: (settled: boolean) => void
}

/** What came of one call: every payload that is in neither has arrived. */
interface CallOutcome {
  readonly failures: ReadonlyMap<string, SinkError>
  readonly skipped: number
}

const noFailures: ReadonlyMap<string, SinkError> = new Map()

export class Lane {
  readonly counters = new SinkCounters()
  readonly #rules: LaneRules
  readonly #ports: LanePorts
  readonly #queue: Waiting[] = []
  readonly #running = new Set<Promise<void>>()
  /** Groups that have left their batch and wait for their end state. */
  readonly #leaving = new Set<Promise<void>>()
  #queuedPayloads = 0

  constructor(rules: LaneRules, ports: LanePorts) {
    this.#rules = rules
    this.#ports = ports
  }

  /** Payloads that wait for a batch. */
  get queueDepth(): number {
    return this.#queuedPayloads
  }

  /** Resolves true when every payload of the group has an end state, false when the group was given up unsettled. */
  submit(group: DeliveryGroup): Promise<boolean> {
    return new Promise((settle) => {
      this.#queue.push({ group, settle })
      this.#queuedPayloads += group.open.length
      this.#pump()
    })
  }

  /** Resolves when nothing is queued or in flight. */
  async idle(): Promise<void> {
    while (this.#running.size + this.#leaving.size > 0) await Promise.all([...this.#running, ...this.#leaving])
  }

  #pump(): void {
    while (this.#running.size < this.#rules.maxInFlight && this.#queue.length > 0) {
      const batch = this.#takeBatch()
      const run = this.#runBatch(batch).finally(() => {
        this.#running.delete(run)
        this.#pump()
      })
      this.#running.add(run)
    }
  }

  /** A batch holds whole groups, and each payload id once: the answers of the sink are by id. */
  #takeBatch(): Waiting[] {
    const batch: Waiting[] = []
    const given = new Set<string>()
    let items = 0
    for (const next of this.#queue) {
      const size = next.group.open.length
      const full = !this.#rules.batching || items + size > this.#rules.maxItems
      if (batch.length > 0 && (full || next.group.givenIds.some((id) => given.has(id)))) break
      batch.push(next)
      items += size
      for (const id of next.group.givenIds) given.add(id)
    }
    this.#queue.splice(0, batch.length)
    this.#queuedPayloads -= items
    return batch
  }

  async #runBatch(batch: readonly Waiting[]): Promise<void> {
    let open = batch
    while (open.length > 0) {
      const { wanted, failures } = await this.#attemptWithFastRetries(dropAbandoned(open))
      open = await this.#settleOrRetry(wanted, failures)
      if (open.length > 0) open = await this.#pause(open, this.#retryDelayMs(open, failures))
    }
  }

  /** Settles the groups that are done and asks what to do with the others. Returns those to be tried again. */
  async #settleOrRetry(open: readonly Waiting[], failures: ReadonlyMap<string, SinkError>): Promise<readonly Waiting[]> {
    const again: Waiting[] = []
    const decisions = open.map(async (waiting) => {
      const { group, settle } = waiting
      const first = group.open[0]
      const error = first === undefined ? undefined : failures.get(first.item.id)
      if (error === undefined) {
        settle(true)
        return
      }
      const decision = await this.#decide(group, error)
      if (decision === 'retry') again.push(waiting)
      else if (typeof decision === 'object') this.#leave(decision.settling.then(settle))
      else settle(decision === 'settled')
    })
    await Promise.all(decisions)
    return again
  }

  #leave(settling: Promise<void>): void {
    const left = settling.finally(() => this.#leaving.delete(left))
    this.#leaving.add(left)
  }

  async #decide(group: DeliveryGroup, error: SinkError): Promise<GroupDecision> {
    if (group.origin.signal.aborted) return 'abandoned'
    this.counters.failed(redactText(errorMessage(error)), this.#ports.clock.now())
    const decision = await this.#ports.decide(group, error, group.attempts <= this.#rules.maxRetries)
    if (decision !== 'retry') return decision
    this.counters.retried()
    this.#ports.logger.warn('sink_delivery_retry', { attempt: group.attempts, error: redactText(errorMessage(error)) })
    return 'retry'
  }

  #retryDelayMs(groups: readonly Waiting[], failures: ReadonlyMap<string, SinkError>): number {
    const attempts = Math.max(...groups.map(({ group }) => group.attempts))
    const asked = Math.max(0, ...[...failures.values()].map((error) => error.retryAfterMs ?? 0))
    return Math.max(asked, backoffDelayMs(deliveryBackoff, attempts, this.#ports.random()))
  }

  /** Waits. Groups given up meanwhile are settled at once and do not shorten the wait of the others, which are returned. */
  async #pause(groups: readonly Waiting[], delayMs: number): Promise<readonly Waiting[]> {
    const { clock } = this.#ports
    const endMs = clock.monotonicMs() + delayMs
    let open = dropAbandoned(groups)
    for (let leftMs = delayMs; open.length > 0 && leftMs > 0; leftMs = endMs - clock.monotonicMs()) {
      const before = open.length
      const abort = firstAbort(open.map(({ group }) => group.origin.signal))
      await clock.sleep(leftMs, abort.signal)
      abort.release()
      open = dropAbandoned(open)
      if (open.length === before) break
    }
    return open
  }

  /** One attempt as the handler counts them: fast retries of an idempotent sink are part of it (spec DLV-20). */
  async #attemptWithFastRetries(
    open: readonly Waiting[],
  ): Promise<{ readonly wanted: readonly Waiting[]; readonly failures: ReadonlyMap<string, SinkError> }> {
    for (const { group } of open) group.attempts += 1
    let wanted = open
    let failures = await this.#attempt(wanted)
    for (let retry = 1; retry <= this.#rules.fastRetries && this.#deservesFastRetry(failures); retry += 1) {
      this.#ports.logger.debug('sink_idempotent_transient_retry', { retry, failed_payloads: failures.size })
      this.counters.fastRetried()
      wanted = await this.#pause(wanted, fastRetryDelayMs(retry))
      failures = await this.#attempt(wanted)
    }
    return { wanted, failures }
  }

  #deservesFastRetry(failures: ReadonlyMap<string, SinkError>): boolean {
    return this.#rules.idempotent && failures.size > 0 && [...failures.values()].every((error) => error.kind === 'transient')
  }

  /** Calls the sink once with everything open. Leaves in the groups what failed; returns why. */
  async #attempt(open: readonly Waiting[]): Promise<ReadonlyMap<string, SinkError>> {
    const items = open.flatMap(({ group }) => group.open.map(({ item }) => item))
    if (items.length === 0) return noFailures
    const startedMs = this.#ports.clock.monotonicMs()
    const { failures, skipped } = await this.#callSink(
      items,
      open.map(({ group }) => group.origin.signal),
    )
    for (const { group } of open) group.keepFailed(failures)
    const arrived = items.length - failures.size - skipped
    if (skipped > 0) this.counters.skipped(skipped)
    if (arrived > 0) {
      this.counters.delivered(arrived, { ts: this.#ports.clock.now(), durationMs: this.#ports.clock.monotonicMs() - startedMs })
    }
    return failures
  }

  async #callSink(items: readonly DeliveryItem<unknown>[], signals: readonly AbortSignal[]): Promise<CallOutcome> {
    const limit = callLimit(signals, this.#rules.deliveryTimeoutMs)
    try {
      const call: DeliverCall = { signal: limit.signal, trace: () => undefined }
      const result = await limit.race(Promise.resolve(this.#ports.deliver(items, call)))
      return this.#outcomeOf(items, result)
    } catch (error) {
      const failure = classifyError(error)
      return { failures: new Map(items.map((item) => [item.id, failure])), skipped: 0 }
    } finally {
      limit.release()
    }
  }

  #outcomeOf(items: readonly DeliveryItem<unknown>[], result: DeliverResult): CallOutcome {
    if (result === undefined) return { failures: noFailures, skipped: 0 }
    const failures = new Map<string, SinkError>()
    let skipped = 0
    const ids = items.map((item) => item.id)
    const { responses, violation } = validateResponses(ids, result)
    if (violation !== null) this.#ports.logger.error('sink_contract_violation', { error: violation.message, ids: violation.ids })
    for (const id of ids) {
      const failure = failureOf(responses.get(id), violation?.message)
      if (failure === 'skipped') skipped += 1
      else if (failure !== null) failures.set(id, failure)
    }
    return { failures, skipped }
  }
}

/** Gives up the groups whose work was given up; returns the others. */
function dropAbandoned(waiting: readonly Waiting[]): readonly Waiting[] {
  for (const { group, settle } of waiting) if (group.origin.signal.aborted) settle(false)
  return waiting.filter(({ group }) => !group.origin.signal.aborted)
}

/** Null: the payload arrived. */
function failureOf(response: SinkResponse | undefined, violation: string | undefined): SinkError | 'skipped' | null {
  if (response === undefined) return new SinkError({ kind: 'permanent', code: 'DRK_SINK_CONTRACT', message: violation ?? 'no answer' })
  switch (response.status) {
    case 'ok':
      return null
    case 'skip':
      return 'skipped'
    case 'failure':
      return SinkError.isInstance(response.error) ? response.error : new SinkError({ kind: 'permanent', message: response.error })
    case 'fallback':
    case 'serve':
    case 'on_success':
      return new SinkError({ kind: 'permanent', message: `the sink answered ${response.status}, for which nothing is configured` })
    default:
      return response satisfies never
  }
}
