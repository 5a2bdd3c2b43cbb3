/**
 * The way of payloads to one sink instance: queue → batch → deliver → policy, until every payload has an end state.
 * While a batch is in flight further groups gather; a batch keeps its place in `maxInFlight` until all of its payloads
 * are settled, retries and their waits included, so that a failing sink slows its lane and never grows it.
 */
import { classifyError, type Clock, errorMessage, redactText, SinkError, validateResponses } from '@drakkar/plugin-sdk'
import type { DeliverCall, DeliverResult, DeliveryItem, Logger, SinkResponse } from '@drakkar/plugin-sdk'
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

export type GroupDecision = 'retry' | 'settled' | 'abandoned'

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

export class Lane {
  readonly counters = new SinkCounters()
  readonly #rules: LaneRules
  readonly #ports: LanePorts
  readonly #queue: Waiting[] = []
  readonly #running = new Set<Promise<void>>()
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
    while (this.#running.size > 0) await Promise.all(this.#running)
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

  #takeBatch(): Waiting[] {
    const batch: Waiting[] = []
    let items = 0
    for (const next of this.#queue) {
      const size = next.group.open.length
      if (batch.length > 0 && (!this.#rules.batching || items + size > this.#rules.maxItems)) break
      batch.push(next)
      items += size
    }
    this.#queue.splice(0, batch.length)
    this.#queuedPayloads -= items
    return batch
  }

  async #runBatch(batch: readonly Waiting[]): Promise<void> {
    let open = batch
    while (open.length > 0) {
      open = dropAbandoned(open)
      const failures = await this.#attemptWithFastRetries(open)
      const again = await this.#settleOrRetry(open, failures)
      if (again.length > 0) await this.#waitBeforeRetry(again, failures)
      open = again
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
      else settle(decision === 'settled')
    })
    await Promise.all(decisions)
    return again
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

  async #waitBeforeRetry(groups: readonly Waiting[], failures: ReadonlyMap<string, SinkError>): Promise<void> {
    const attempts = Math.max(...groups.map(({ group }) => group.attempts))
    const asked = Math.max(0, ...[...failures.values()].map((error) => error.retryAfterMs ?? 0))
    const delayMs = Math.max(asked, backoffDelayMs(deliveryBackoff, attempts, this.#ports.random()))
    await this.#ports.clock.sleep(delayMs, AbortSignal.any(groups.map(({ group }) => group.origin.signal)))
  }

  /** One attempt as the handler counts them: fast retries of an idempotent sink are part of it (spec DLV-20). */
  async #attemptWithFastRetries(open: readonly Waiting[]): Promise<ReadonlyMap<string, SinkError>> {
    for (const { group } of open) group.attempts += 1
    let failures = await this.#attempt(open)
    for (let retry = 1; retry <= this.#rules.fastRetries && this.#deservesFastRetry(open, failures); retry += 1) {
      this.#ports.logger.debug('sink_idempotent_transient_retry', { retry, failed_payloads: failures.size })
      this.counters.fastRetried()
      await this.#ports.clock.sleep(fastRetryDelayMs(retry))
      failures = await this.#attempt(open)
    }
    return failures
  }

  #deservesFastRetry(open: readonly Waiting[], failures: ReadonlyMap<string, SinkError>): boolean {
    if (!this.#rules.idempotent || failures.size === 0) return false
    if (open.some(({ group }) => group.origin.signal.aborted)) return false
    return [...failures.values()].every((error) => error.kind === 'transient')
  }

  /** Calls the sink once with everything open. Leaves in the groups what failed; returns why. */
  async #attempt(open: readonly Waiting[]): Promise<ReadonlyMap<string, SinkError>> {
    const items = open.flatMap(({ group }) => group.open.map(({ item }) => item))
    if (items.length === 0) return new Map()
    const startedMs = this.#ports.clock.monotonicMs()
    const failures = await this.#callSink(items, open.map(({ group }) => group.origin.signal))
    for (const { group } of open) group.keepFailed(failures)
    const arrived = items.length - failures.size
    if (arrived > 0) {
      this.counters.delivered(arrived, { ts: this.#ports.clock.now(), durationMs: this.#ports.clock.monotonicMs() - startedMs })
    }
    return failures
  }

  async #callSink(items: readonly DeliveryItem<unknown>[], signals: readonly AbortSignal[]): Promise<ReadonlyMap<string, SinkError>> {
    const limit = callLimit(signals, this.#rules.deliveryTimeoutMs)
    try {
      const call: DeliverCall = { signal: limit.signal, trace: () => undefined }
      const result = await limit.race(Promise.resolve(this.#ports.deliver(items, call)))
      return this.#failuresOf(items, result)
    } catch (error) {
      const failure = classifyError(error)
      return new Map(items.map((item) => [item.id, failure]))
    } finally {
      limit.release()
    }
  }

  #failuresOf(items: readonly DeliveryItem<unknown>[], result: DeliverResult): ReadonlyMap<string, SinkError> {
    const failures = new Map<string, SinkError>()
    if (result === undefined) return failures
    const ids = items.map((item) => item.id)
    const { responses, violation } = validateResponses(ids, result)
    if (violation !== null) this.#ports.logger.error('sink_contract_violation', { error: violation.message, ids: violation.ids })
    for (const id of ids) {
      const failure = failureOf(responses.get(id), violation?.message)
      if (failure === 'skipped') this.counters.skipped(1)
      else if (failure !== null) failures.set(id, failure)
    }
    return failures
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

interface CallLimit {
  readonly signal: AbortSignal
  /** Rejects when the limit is reached, whether or not the sink heeds the signal. */
  race<T>(promise: Promise<T>): Promise<T>
  release(): void
}

/** The deadline of one call, and the end of everything it works for. */
function callLimit(signals: readonly AbortSignal[], timeoutMs: number | null): CallLimit {
  const controller = new AbortController()
  const distinct = new Set(signals)
  let alive = distinct.size
  let rejectRace: (reason: SinkError) => void = () => undefined
  const stop = (message: string): void => {
    const reason = new SinkError({ kind: 'transient', message })
    controller.abort(reason)
    rejectRace(reason)
  }
  const onAbort = (): void => {
    alive -= 1
    if (alive === 0) stop('the delivery was abandoned')
  }
  for (const signal of distinct) signal.addEventListener('abort', onAbort, { once: true })
  const timer = timeoutMs === null ? undefined : setTimeout(() => stop(`no answer within ${timeoutMs} ms`), timeoutMs)
  return {
    signal: controller.signal,
    race: (promise) =>
      new Promise((resolve, reject) => {
        rejectRace = reject
        promise.then(resolve, reject)
      }),
    release: () => {
      clearTimeout(timer)
      for (const signal of distinct) signal.removeEventListener('abort', onAbort)
    },
  }
}
