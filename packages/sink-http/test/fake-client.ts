/**
 * An `HttpClient` on a receiver in memory. It keeps what it accepts and fails on demand: unreachable, silent, a body it refuses,
 * answers in the place of the next ones.
 */
import type { HttpAnswer, HttpClient } from '../src/client.ts'
import type { OutgoingRequest } from '../src/request.ts'

export class FakeReceiver {
  /** Accepted, in order. With the header `idempotency-key` each key once. */
  readonly accepted: OutgoingRequest[] = []
  /** Every request that arrived. */
  readonly requests: OutgoingRequest[] = []
  openClients = 0
  inFlight = 0
  mostInFlight = 0
  isReachable = true
  /** Answers of the next requests, one each; an error is a connection that is lost. */
  readonly next: (Partial<HttpAnswer> | Error)[] = []
  isRefused: (request: OutgoingRequest) => boolean = ({ body }) => body.includes('refused')
  readonly #stopWaiting = new Set<() => void>()
  #isStalled = false

  stall(): void {
    this.#isStalled = true
  }

  unstall(): void {
    this.#isStalled = false
    for (const stop of this.#stopWaiting) stop()
  }

  createClient(): HttpClient {
    this.openClients += 1
    let isOpen = true
    return {
      reach: (signal) => this.#answering(signal),
      send: (request, { signal }) => this.#send(request, signal),
      close: async () => {
        if (isOpen) this.openClients -= 1
        isOpen = false
      },
    }
  }

  async #send(request: OutgoingRequest, signal: AbortSignal): Promise<HttpAnswer> {
    this.requests.push(request)
    this.inFlight += 1
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight)
    try {
      await this.#answering(signal)
      return this.#answer(request)
    } finally {
      this.inFlight -= 1
    }
  }

  #answer(request: OutgoingRequest): HttpAnswer {
    const planned = this.next.shift()
    if (planned instanceof Error) throw planned
    const refused = this.isRefused(request) ? { status: 422, text: 'no' } : {}
    const answer = { status: 200, retryAfter: null, text: '', ...refused, ...planned }
    const key = request.headers['idempotency-key']
    const isRepeated = key !== undefined && this.accepted.some(({ headers }) => headers['idempotency-key'] === key)
    if (answer.status === 200 && !isRepeated) this.accepted.push(request)
    return answer
  }

  async #answering(signal: AbortSignal): Promise<void> {
    await Promise.resolve()
    if (this.#isStalled) await this.#silence(signal)
    signal.throwIfAborted()
    if (!this.isReachable) throw connectionError()
  }

  #silence(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#stopWaiting.add(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }
}

export function connectionError(): Error {
  return Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:80'), { code: 'ECONNREFUSED' })
}
