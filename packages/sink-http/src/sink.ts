/** The HTTP sink: a request per payload, so many at once, an answer for each. */
import {
  BaseSink,
  failure,
  ok,
  SinkError,
  type CallOptions,
  type Clock,
  type DeliverCall,
  type DeliverResult,
  type DeliveryItem,
  type SinkContext,
  type SinkResponse,
  type WireForm,
} from '@drakkar/plugin-sdk'
import { requestError } from './classify-error.ts'
import type { HttpClient } from './client.ts'
import type { HttpSinkConfig } from './config.ts'
import type { HttpPayload } from './payload.ts'
import { Permits } from './permits.ts'
import { reachabilityByOrigin, type Reachability } from './reachability.ts'
import { encodeRequest, toRequest, type RequestOptions } from './request.ts'
import { sendPayload, type SendOptions } from './send-payload.ts'
import { configuredTarget } from './target.ts'
import { manyListeners, withTimeLimit } from './time-limit.ts'

export interface HttpSinkOptions {
  readonly config: HttpSinkConfig
  readonly context: SinkContext
  /** Called by each `connect`. */
  readonly createClient: () => Promise<HttpClient>
  readonly clock: Pick<Clock, 'now' | 'sleep'>
  /** 0 up to 1. */
  readonly random: () => number
}

/** Longest wait of `close` for requests in flight. */
const closeTimeoutMs = 5000
/** Requests in a row without an answer that make a receiver unreachable; more where more run at once. */
const fewestUnanswered = 3
/** Shorter header values would be found everywhere. */
const shortestSecret = 4

export class HttpSink extends BaseSink<HttpPayload> {
  readonly #options: HttpSinkOptions
  readonly #permits: Permits
  /** `POST http://host:port` of the configured URL. */
  readonly #label: string
  readonly #request: Omit<RequestOptions, 'trace'>
  readonly #send: Omit<SendOptions, 'client' | 'signal'>
  #client: HttpClient | undefined

  constructor(options: HttpSinkOptions) {
    super(options.context)
    this.#options = options
    const { config, clock, random } = options
    const configured = configuredTarget(config.url)
    const timeoutMs = config.timeout_seconds * 1000
    const maxRetries = config.idempotency_key_header === '' ? 0 : config.max_retries
    const secrets = [...Object.values(config.headers), configured.authorization ?? '', new URL(config.url).password]
    this.#permits = new Permits(config.concurrency)
    this.#label = `${config.method} ${configured.origin}`
    this.#request = {
      url: config.url,
      configured,
      allowUrlOverride: config.allow_url_override,
      headers: config.headers,
      idempotencyKeyHeader: config.idempotency_key_header,
    }
    this.#send = {
      clock,
      timeoutMs,
      method: config.method,
      rules: {
        transientStatuses: config.transient_statuses,
        secrets: secrets.filter((secret) => secret.length >= shortestSecret),
      },
      retry: { maxRetries, maxDelayMs: timeoutMs, random },
    }
  }

  async check({ signal }: CallOptions): Promise<void> {
    await this.#reach(this.#connectedClient(), signal)
  }

  encode(payload: HttpPayload): WireForm {
    return encodeRequest(payload, this.#options.config.headers)
  }

  protected async open({ signal }: CallOptions): Promise<void> {
    const client = await this.#options.createClient()
    this.#client = client
    await this.#reach(client, signal)
  }

  protected async write(batch: readonly DeliveryItem<HttpPayload>[], call: DeliverCall): Promise<DeliverResult> {
    const client = this.#connectedClient()
    const reachabilityOf = reachabilityByOrigin(Math.max(fewestUnanswered, this.#options.config.concurrency))
    const { signal, unlink } = manyListeners(call.signal)
    const failures = new Map<string, SinkError>()
    const send = { ...this.#send, client, signal }
    const batchContext = { send, reachabilityOf, failures, trace: (id: string) => call.trace(id) }
    const deliverOne = (item: DeliveryItem<HttpPayload>): Promise<void> => this.#deliverOne(item, batchContext)
    await this.#permits.runAll(batch, deliverOne, signal).finally(unlink)
    if (failures.size > 0) return batch.map(({ id }) => answer(id, failures.get(id)))
  }

  protected async release(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    await client?.close(closeTimeoutMs)
  }

  /** Never rejects: what was not delivered is among the failures. */
  async #deliverOne(item: DeliveryItem<HttpPayload>, batch: BatchContext): Promise<void> {
    try {
      const error = await this.#sendOne(item, batch)
      if (error !== null) batch.failures.set(item.id, error)
    } catch (error) {
      batch.failures.set(item.id, SinkError.isInstance(error) ? error : requestError(error, this.#label))
    }
  }

  /** Null: delivered. */
  async #sendOne(item: DeliveryItem<HttpPayload>, { send, reachabilityOf, trace }: BatchContext): Promise<SinkError | null> {
    const request = toRequest(item, { ...this.#request, trace: trace(item.id) })
    const reachability = reachabilityOf(request.origin)
    const problem = send.signal.aborted ? aborted(send.signal) : notSent(reachability.problem)
    if (problem !== null) return problem
    const { error, isAnswered } = await sendPayload(request, send)
    if (isAnswered || error === null) reachability.answered()
    else reachability.unanswered(error)
    return error
  }

  async #reach(client: HttpClient, signal: AbortSignal): Promise<void> {
    try {
      await withTimeLimit((limited) => client.reach(limited), { timeoutMs: this.#send.timeoutMs, signal })
    } catch (error) {
      const { kind, message } = requestError(error, `Connecting for ${this.#label}`)
      throw new SinkError({ kind, code: 'DRK_SINK_CONNECT_FAILED', message, cause: error })
    }
  }

  #connectedClient(): HttpClient {
    this.assertConnected()
    if (this.#client !== undefined) return this.#client
    throw new SinkError({ kind: 'transient', code: 'DRK_SINK_NOT_CONNECTED', message: 'The connection is being closed' })
  }
}

function answer(id: string, error: SinkError | undefined): SinkResponse {
  return error === undefined ? ok(id) : failure(id, error)
}

interface BatchContext {
  readonly send: SendOptions
  readonly reachabilityOf: (origin: string) => Reachability
  readonly trace: DeliverCall['trace']
  /** By payload id. */
  readonly failures: Map<string, SinkError>
}

function aborted(signal: AbortSignal): SinkError {
  return new SinkError({ kind: 'transient', message: 'The call was aborted', cause: signal.reason })
}

function notSent(problem: SinkError | null): SinkError | null {
  if (problem === null) return null
  const { kind, message } = problem
  return new SinkError({ kind, message: `Not sent, because the receiver cannot be reached: ${message}`, cause: problem })
}
