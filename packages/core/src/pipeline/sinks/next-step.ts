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
  readonly errors: readonly SinkError[]
}

export type NextStep =
  /** The payloads that failed for a passing reason go again, within the same attempt. */
  | { readonly action: 'fast_retry'; readonly delayMs: number }
  /** `restart`: the strategy's budget begins anew. */
  | { readonly action: 'retry'; readonly delayMs: number; readonly restart: boolean }
  | { readonly action: 'fallback' | 'drop' | 'ask' }

export function nextStep(state: RetryState, rules: RetryRules, random: number): NextStep {
  const askedMs = Math.max(0, ...state.errors.map((error) => error.retryAfterMs ?? 0))
  if (rules.idempotent && state.fastRetries < rules.fastRetries && mayPass(state.errors, rules.ordered)) {
    return { action: 'fast_retry', delayMs: fastRetryDelayMs(state.fastRetries + 1) }
  }
  if (rules.strategy === null) return { action: 'ask' }
  const { steps, onFailure, backoff } = rules.strategy
  const wait = (retry: number): number => Math.max(askedMs, strategyDelayMs(backoff, retry, random))
  if (steps === null || state.strategyAttempts < steps) return { action: 'retry', delayMs: wait(state.strategyAttempts), restart: false }
  if (onFailure === 'retry') return { action: 'retry', delayMs: wait(1), restart: true }
  return { action: onFailure === 'handler' ? 'ask' : onFailure }
}

function mayPass(errors: readonly SinkError[], together: boolean): boolean {
  const isTransient = (error: SinkError): boolean => error.kind === 'transient'
  return together ? errors.every(isTransient) : errors.some(isTransient)
}
