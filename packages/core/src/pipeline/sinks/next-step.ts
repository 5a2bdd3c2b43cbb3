/**
 * What becomes of the failed payloads of a group, in the order of spec UNI-10: fast retry → retry strategy → its
 * `on_failure`, or the handler. Pure; randomness is an argument.
 */
import type { SinkError } from '@drakkar/plugin-sdk'
import { fastRetryDelayMs, strategyDelayMs, type StrategyBackoff } from './retry-delay.ts'

/** `retry` of an instance (spec NMF-19…22). */
export interface RetryStrategy {
  readonly backoff: StrategyBackoff
  /** Attempts, the first included; null: no limit. */
  readonly steps: number | null
  readonly onFailure: 'retry' | 'fallback' | 'drop' | 'handler'
}

export interface RetryRules {
  readonly idempotent: boolean
  /** Part of what failed must not go again before the rest of it. */
  readonly ordered: boolean
  readonly fastRetries: number
  readonly strategy: RetryStrategy | null
}

export interface RetryState {
  /** Fast retries of the present attempt. */
  readonly fastRetries: number
  /** Attempts since the strategy began, the last one included. */
  readonly strategyAttempts: number
  /** One per failed payload. */
  readonly failures: readonly FailedPayload[]
}

export interface FailedPayload {
  readonly error: SinkError | null
  /** The sink knows that trying again changes nothing. */
  readonly isRefused: boolean
}

/** Which of the failed payloads go again: all of them, or those the predicate is true for. */
export type Chosen = 'all' | ((failure: FailedPayload) => boolean)

export type NextStep =
  /** They go again within the same attempt. */
  | { readonly action: 'fast_retry'; readonly delayMs: number; readonly chosen: Chosen }
  /** `restart`: the strategy's budget begins anew. */
  | { readonly action: 'retry'; readonly delayMs: number; readonly chosen: Chosen; readonly restart: boolean }
  | { readonly action: 'fallback' | 'drop' | 'ask' }

export function nextStep(state: RetryState, rules: RetryRules, random: number): NextStep {
  const askedMs = askedPauseMs(state.failures)
  const passing = choose(state.failures, passes, rules.ordered)
  if (rules.idempotent && state.fastRetries < rules.fastRetries && passing !== null) {
    return { action: 'fast_retry', delayMs: Math.max(askedMs, fastRetryDelayMs(state.fastRetries + 1)), chosen: passing }
  }
  if (rules.strategy === null) return { action: 'ask' }
  const { steps, onFailure, backoff } = rules.strategy
  const wait = (retry: number): number => Math.max(askedMs, strategyDelayMs(backoff, retry, random))
  const chosen: Chosen = rules.ordered ? 'all' : ({ isRefused }) => !isRefused
  // What is only refused would be refused for ever.
  if (state.failures.every(({ isRefused }) => isRefused))
    return { action: onFailure === 'retry' || onFailure === 'handler' ? 'ask' : onFailure }
  if (steps === null || state.strategyAttempts < steps)
    return { action: 'retry', delayMs: wait(state.strategyAttempts), chosen, restart: false }
  if (onFailure === 'retry') return { action: 'retry', delayMs: wait(1), chosen, restart: true }
  return { action: onFailure === 'handler' ? 'ask' : onFailure }
}

/** The longest pause the sink asked for, in milliseconds; 0: none. */
export function askedPauseMs(failures: readonly FailedPayload[]): number {
  return Math.max(0, ...failures.map(({ error }) => error?.retryAfterMs ?? 0))
}

/** Null: none of them. In an ordered lane nothing goes again before the rest of what failed. */
function choose(failures: readonly FailedPayload[], wanted: (failure: FailedPayload) => boolean, together: boolean): Chosen | null {
  if (together) return failures.every(wanted) ? 'all' : null
  return failures.some(wanted) ? wanted : null
}

/** It may pass by itself; a sink that asks for a pause gets it. */
function passes({ error }: FailedPayload): boolean {
  return error !== null && error.kind !== 'permanent'
}
