/**
 * What happens to the payloads of a group that failed: another attempt, the fallback, the handler's decision, the dead-letter
 * log (spec UNI-10). The decisions are in `next-step.ts`; this carries them out.
 */
import { backoffDelayMs, errorMessage, redactText, SinkError, type Clock } from '@drakkar/plugin-sdk'
import type { DeadLetterEnd } from '../../dlq/dead-letter-log.ts'
import type { DeliveryAction } from '../../handler.ts'
import type { AppLogger } from '../../observability/logger.ts'
import type { DeliveryGroup, EndState, GroupPayload } from './delivery-group.ts'
import type { LaneEntry } from './lane-entry.ts'
import { askedPauseMs, nextStep, type Chosen, type RetryRules } from './next-step.ts'
import { deliveryBackoff } from './retry-delay.ts'
import type { SinkCounters } from './sink-counters.ts'

/** Payloads of one group that failed together. */
export interface GroupFailure {
  readonly payloads: readonly GroupPayload[]
  readonly error: SinkError
  /** Attempts made so far, 0 when the breaker was open. */
  readonly attempts: number
}

/** Payloads on their way to another sink. */
export interface HandOver {
  /** Resolves true when all that were taken have their end there. */
  readonly settled: Promise<boolean>
  /** Those the other sink cannot take at all. */
  readonly refused: readonly { readonly payload: GroupPayload; readonly error: SinkError }[]
}

/** The ways out of a lane other than arriving. */
export interface ExitPorts {
  /** The handler's `onDeliveryError`; its throw and its unknown answers are DLQ already. */
  ask(group: DeliveryGroup, failure: GroupFailure): Promise<DeliveryAction>
  /** Never rejects. */
  deadLetter(group: DeliveryGroup, failure: GroupFailure): Promise<DeadLetterEnd>
  /** Null: no fallback is configured. */
  fallback(group: DeliveryGroup, payloads: readonly GroupPayload[]): HandOver | null
  /** Sends on what follows a success; null: no `on_success` is configured. */
  follow(group: DeliveryGroup, follower: GroupPayload): HandOver | null
  /** Dead-letters a follower in the name of the sink that was to take it. Never rejects. */
  buryFollower(group: DeliveryGroup, failure: GroupFailure): Promise<DeadLetterEnd>
}

export interface FailureRules extends RetryRules {
  /** Retries the handler may ask for. */
  readonly maxRetries: number
}

/** What the lane does for this file. */
export interface FailureDesk {
  readonly rules: FailureRules
  readonly exits: ExitPorts
  readonly counters: SinkCounters
  readonly clock: Clock
  readonly logger: AppLogger
  readonly random: () => number
  /** Back into the queue after a while. */
  retry(entry: LaneEntry, payloads: readonly GroupPayload[], delayMs: number): void
  end(payloads: readonly GroupPayload[], state: EndState): void
  /** False: the breaker's rules do not ask to hold what it was probed with. Else the group is back in the queue, unharmed. */
  holdProbe(entry: LaneEntry, payloads: readonly GroupPayload[]): boolean
  /** They leave the lane and get their end elsewhere. */
  leave(entry: LaneEntry, payloads: readonly GroupPayload[], end: Promise<EndState | 'handed_over' | 'abandoned'>): void
}

/** `left`: what had failed has its end or is on its way to it. */
export type Settlement = 'retries' | 'left'

/** Decides about everything in the group that has failed. Rejects only for a defect of ours. */
export async function settleFailure(entry: LaneEntry, desk: FailureDesk): Promise<Settlement> {
  const failed = entry.group.in('failed')
  const { rules, counters, logger } = desk
  const state = { fastRetries: entry.fastRetries, strategyAttempts: entry.strategyAttempts, failures: failed }
  const step = nextStep(state, rules, desk.random())
  if (step.action === 'fast_retry') {
    entry.fastRetries += 1
    counters.retried('fast')
    logger.debug('sink_idempotent_transient_retry', { retry: entry.fastRetries, failed_payloads: failed.length })
    desk.retry(entry, chosenOf(failed, step.chosen), step.delayMs)
    return 'retries'
  }
  const failure = failureOf(failed, entry.attempts)
  entry.endAttempt()
  report(failure, desk)
  if (step.action !== 'retry' && failed.some(({ blames }) => blames) && desk.holdProbe(entry, failed)) return 'retries'
  switch (step.action) {
    case 'retry':
      if (step.restart) entry.strategyAttempts = 0
      counters.retried('strategy')
      logger.warn('sink_delivery_retry', { attempt: failure.attempts, by: 'retry strategy', error: redactText(failure.error.message) })
      desk.retry(entry, chosenOf(failed, step.chosen), step.delayMs)
      return 'retries'
    case 'fallback':
      blame(entry, failed)
      toFallback(entry, failure, desk)
      return 'left'
    case 'drop':
      blame(entry, failed)
      skip(failure, 'retry.on_failure', desk)
      return 'left'
    case 'ask':
      return askHandler(entry, failure, desk)
    default:
      return step satisfies never
  }
}

/** The breaker is open: the fallback, or the dead letters; the handler is not asked (spec CB-6, CB-19). */
export function divert(entry: LaneEntry, error: SinkError, desk: FailureDesk): void {
  const payloads = entry.group.in('waiting')
  desk.counters.failed(error.message, desk.clock.now())
  desk.logger.warn('sink_delivery_circuit_open', { payload_count: payloads.length })
  toFallback(entry, { payloads, error, attempts: 0 }, desk)
}

/** To the fallback sink; without one, and for what it cannot take, to the dead letters. */
function toFallback(entry: LaneEntry, failure: GroupFailure, desk: FailureDesk): void {
  const handOver = desk.exits.fallback(entry.group, failure.payloads)
  if (handOver === null) toDeadLetters(entry, failure, desk)
  else handOverTo(entry, failure, { handOver, desk })
}

/** What the sink itself wants to go to its fallback (spec NMF-10, NMF-11). */
export function decline(entry: LaneEntry, payloads: readonly GroupPayload[], desk: FailureDesk): void {
  const failure = failureOf(payloads, entry.attempts)
  const handOver = desk.exits.fallback(entry.group, payloads)
  if (handOver !== null) {
    handOverTo(entry, failure, { handOver, desk })
    return
  }
  const message = `the sink answered FALLBACK and has no \`fallback\` configured: ${failure.error.message}`
  const missing = { ...failure, error: new SinkError({ kind: 'permanent', message, cause: failure.error }) }
  report(missing, desk)
  toDeadLetters(entry, missing, desk)
}

/**
 * Sends on what follows a success (spec NMF-17). What nobody can take becomes a dead letter of its own; the success stays one.
 * Resolves true when it has its end.
 */
export async function followUp(
  entry: LaneEntry,
  { payload, data }: { readonly payload: GroupPayload; readonly data: unknown },
  desk: FailureDesk,
): Promise<boolean> {
  const follower = data === undefined ? payload : { ...payload, original: data, item: { ...payload.item, payload: data } }
  const handOver = desk.exits.follow(entry.group, follower)
  const message = 'the sink answered ON_SUCCESS and has no `on_success` configured'
  const refusal = handOver === null ? new SinkError({ kind: 'permanent', message }) : handOver.refused[0]?.error
  if (refusal === undefined) return handOver?.settled ?? false
  const failure = { payloads: [follower], error: refusal, attempts: 0 }
  report(failure, desk)
  desk.counters.received(1)
  const end = await desk.exits.buryFollower(entry.group, failure)
  if (end === 'abandoned') desk.counters.abandoned(1)
  else desk.counters.ended(end, 1)
  return end !== 'abandoned'
}

/** Something went wrong with the sink and not with the payload: it counts for the breaker, unless something arrived. */
function blame(entry: LaneEntry, failed: readonly GroupPayload[]): void {
  if (entry.sequence !== null && failed.some(({ blames }) => blames)) entry.sequence.blamed = true
}

async function askHandler(entry: LaneEntry, failure: GroupFailure, desk: FailureDesk): Promise<Settlement> {
  const { rules, counters, logger, exits } = desk
  const action = await exits.ask(entry.group, failure)
  if (entry.isAbandoned) return 'left'
  if (action === 'SKIP') {
    skip(failure, 'on_delivery_error', desk)
    return 'left'
  }
  if (action === 'RETRY' && entry.handlerRetries < rules.maxRetries) {
    entry.handlerRetries += 1
    entry.strategyAttempts = 0
    counters.retried('handler')
    logger.warn('sink_delivery_retry', { attempt: failure.attempts, error: redactText(failure.error.message) })
    const delayMs = backoffDelayMs(deliveryBackoff, entry.handlerRetries, desk.random())
    desk.retry(entry, failure.payloads, Math.max(askedPauseMs(failure.payloads), delayMs))
    return 'retries'
  }
  blame(entry, failure.payloads)
  toDeadLetters(entry, failure, desk)
  return 'left'
}

function toDeadLetters(entry: LaneEntry, failure: GroupFailure, desk: FailureDesk): void {
  const { error, attempts, payloads } = failure
  const { partition, offsets } = entry.group.origin.source
  const fields = { attempt: attempts, payload_count: payloads.length, partition, offsets, error: redactText(error.message) }
  desk.logger.error('sink_delivery_failed_to_dlq', fields)
  desk.leave(entry, payloads, desk.exits.deadLetter(entry.group, failure))
}

function handOverTo(entry: LaneEntry, failure: GroupFailure, how: { readonly handOver: HandOver; readonly desk: FailureDesk }): void {
  const { handOver, desk } = how
  const refused = new Set(handOver.refused.map(({ payload }) => payload))
  const taken = failure.payloads.filter((payload) => !refused.has(payload))
  if (taken.length > 0) {
    const end = handOver.settled.then((settled) => (settled ? ('handed_over' as const) : ('abandoned' as const)))
    desk.logger.info('sink_delivery_fallback', { payload_count: taken.length, error: redactText(failure.error.message) })
    desk.leave(entry, taken, end)
  }
  for (const { payload, error } of handOver.refused) toDeadLetters(entry, { ...failure, payloads: [payload], error }, desk)
}

function skip(failure: GroupFailure, by: string, desk: FailureDesk): void {
  desk.end(failure.payloads, 'skipped')
  const fields = { payload_count: failure.payloads.length, by, error: redactText(failure.error.message) }
  desk.logger.warn('sink_delivery_skipped', fields)
}

function report(failure: GroupFailure, desk: FailureDesk): void {
  desk.counters.failed(redactText(errorMessage(failure.error)), desk.clock.now())
}

function failureOf(payloads: readonly GroupPayload[], attempts: number): GroupFailure {
  const error =
    payloads.find((payload) => payload.error !== null)?.error ?? new SinkError({ kind: 'permanent', message: 'no reason given' })
  return { payloads, error, attempts }
}

function chosenOf(failed: readonly GroupPayload[], chosen: Chosen): readonly GroupPayload[] {
  return chosen === 'all' ? failed : failed.filter(chosen)
}
