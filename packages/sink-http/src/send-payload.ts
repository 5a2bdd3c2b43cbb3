/** One payload to one answer of the sink: the request, its time limit, and its further attempts. */
import { SinkError, type Clock } from '@drakkar/plugin-sdk'
import { answerError, isSuccess, requestError, type AnswerRules } from './classify-error.ts'
import type { HttpClient } from './client.ts'
import type { OutgoingRequest } from './request.ts'
import { retryDelay, type RetryRules } from './retry-delay.ts'
import type { TimeLimit } from './time-limit.ts'

/** `timeoutMs`: of each attempt. */
export interface SendOptions extends TimeLimit {
  readonly client: Pick<HttpClient, 'send'>
  readonly clock: Pick<Clock, 'now' | 'sleep'>
  readonly method: string
  readonly rules: Omit<AnswerRules, 'nowMs' | 'label'>
  readonly retry: RetryRules
}

export interface SendOutcome {
  /** Null: delivered. */
  readonly error: SinkError | null
  /** Whether the receiver answered at all. */
  readonly isAnswered: boolean
}

/** Never rejects. Ends soon after `signal` aborts. */
export async function sendPayload(request: OutgoingRequest, options: SendOptions): Promise<SendOutcome> {
  const { clock, retry, signal } = options
  for (let attempts = 1; ; attempts += 1) {
    const { status, error } = await attempt(request, options)
    const outcome = { error, isAnswered: status !== null }
    const delayMs = error === null || signal.aborted ? null : retryDelay({ status, error, attempts }, retry)
    if (delayMs === null) return outcome
    await clock.sleep(delayMs, signal)
    if (signal.aborted) return outcome
  }
}

interface AttemptResult {
  readonly status: number | null
  readonly error: SinkError | null
}

async function attempt(request: OutgoingRequest, options: SendOptions): Promise<AttemptResult> {
  const { client, clock, method, rules, signal } = options
  try {
    const answer = await client.send(request, options)
    if (isSuccess(answer)) return { status: answer.status, error: null }
    return { status: answer.status, error: answerError(answer, { ...rules, label: labelOf(method, request), nowMs: clock.now() }) }
  } catch (error) {
    const reason = signal.aborted ? new SinkError({ kind: 'transient', message: 'the call was aborted', cause: error }) : error
    return { status: null, error: requestError(reason, labelOf(method, request)) }
  }
}

function labelOf(method: string, { origin }: OutgoingRequest): string {
  return `${method} ${origin}`
}
