/** One request on a dispatcher, and its answer read to the end, without the streams that undici's `request` makes of it. */
import type { Dispatcher } from 'undici'
import type { HttpAnswer } from './client.ts'
import { timeoutError, type TimeLimit } from './time-limit.ts'

/** Enough for the characters of an error text, also when much of it is removed as secret. */
const keptBytes = 8192
/** Longest body of a failed request that is read only to keep the connection. */
const drainedBytes = 131_072

/**
 * Resolves when the answer has ended, rejects when it was cut off, and as soon as a limit is reached: with the reason of the
 * signal, or with a `TimeoutError`. A success counts only with its whole body. The verdict of a failure stands with its status,
 * so its body is only read for the error text, and left where it ends too late.
 */
export function exchange(dispatcher: Dispatcher, request: Dispatcher.DispatchOptions, limits: TimeLimit): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const handler = new AnswerHandler({ resolve, reject, limits })
    try {
      dispatcher.dispatch(request, handler)
    } catch (error) {
      handler.fail(error)
    }
  })
}

interface ExchangeOutcome {
  readonly resolve: (answer: HttpAnswer) => void
  readonly reject: (error: unknown) => void
  readonly limits: TimeLimit
}

class AnswerHandler implements Dispatcher.DispatchHandler {
  readonly #outcome: ExchangeOutcome
  readonly #onAbort = (): void => this.#stop(this.#outcome.limits.signal.reason)
  readonly #timer: NodeJS.Timeout
  #controller: Dispatcher.DispatchController | null = null
  #isEnded = false
  /** Null until the answer has begun. */
  #status: number | null = null
  #retryAfter: string | null = null
  #kept: Buffer[] = []
  #size = 0

  constructor(outcome: ExchangeOutcome) {
    this.#outcome = outcome
    const { signal, timeoutMs } = outcome.limits
    this.#timer = setTimeout(() => this.#stop(timeoutError(timeoutMs)), timeoutMs)
    if (signal.aborted) this.#onAbort()
    else signal.addEventListener('abort', this.#onAbort)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#isEnded) controller.abort(notWanted())
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ) {
    // 1xx are followed by the answer itself.
    if (status < 200) return
    const retryAfter = headers['retry-after']
    this.#status = status
    this.#retryAfter = (Array.isArray(retryAfter) ? retryAfter[0] : retryAfter) ?? null
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isEnded || !this.#isFailure) return
    if (this.#size < keptBytes) this.#kept.push(chunk)
    this.#size += chunk.byteLength
    if (this.#size <= drainedBytes) return
    this.#answer()
    controller.abort(notWanted())
  }

  onResponseEnd(): void {
    this.#answer()
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(error)
  }

  /** Where the status of a failure has been told, what happens to its body does not matter. */
  fail(error: unknown): void {
    if (this.#isFailure) this.#answer()
    else if (this.#end()) this.#outcome.reject(error)
  }

  get #isFailure(): boolean {
    return this.#status !== null && this.#status >= 300
  }

  #stop(reason: unknown): void {
    this.fail(reason)
    this.#controller?.abort(reason instanceof Error ? reason : notWanted())
  }

  #answer(): void {
    if (!this.#end()) return
    const text = this.#size === 0 ? '' : Buffer.concat(this.#kept).subarray(0, keptBytes).toString('utf8')
    this.#outcome.resolve({ status: this.#status ?? 0, retryAfter: this.#retryAfter, text })
  }

  /** False when it has ended before. */
  #end(): boolean {
    if (this.#isEnded) return false
    this.#isEnded = true
    clearTimeout(this.#timer)
    this.#outcome.limits.signal.removeEventListener('abort', this.#onAbort)
    return true
  }
}

function notWanted(): Error {
  return new Error('nobody waits for the answer')
}
