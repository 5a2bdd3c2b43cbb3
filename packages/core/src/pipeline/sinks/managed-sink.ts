/**
 * One configured sink instance: the plugin's sink, its connection state and its lane.
 */
import { compileSchema, errorMessage, parseDuration, redactText, SinkError } from '@drakkar/plugin-sdk'
import type { DeliverCall, DeliverResult, DeliveryItem, Sink, SinkContext, SinkDefinition } from '@drakkar/plugin-sdk'
import type { SinkFrameworkConfig, SinkInstanceConfig } from '../../config/instances.ts'
import { abortable } from '../../runtime/abortable.ts'
import type { AppLogger } from '../../observability/logger.ts'
import type { GroupOptions, PayloadMeasure } from './delivery-group.ts'
import { afterBarrier, FlushBarrier } from './flush-barrier.ts'
import { handOver, type HandOverRequest, type PayloadConverter, type Successor } from './hand-over.ts'
import { Lane, type LanePorts, type LaneRules } from './lane.ts'
import type { RetryStrategy } from './next-step.ts'
import { estimateBytes } from './payload-bytes.ts'
import type { ExitPorts, HandOver } from './settle-failure.ts'

/** Longest flush: after it the payloads count as failed. */
const flushTimeoutMs = 30_000

export interface ManagedSinkOptions {
  readonly definition: SinkDefinition
  readonly instance: SinkInstanceConfig
  /** Reachable through the `custom` list. */
  readonly plugin: boolean
  readonly maxRetries: number
  readonly context: SinkContext
  readonly logger: AppLogger
  /** Null: payloads are handed over as `convertPayload` does. */
  readonly convert: PayloadConverter | null
  readonly ports: Omit<LanePorts, 'deliver' | 'logger' | 'exits'>
  /** The handler and the dead letters; `sink` is the one just created. */
  readonly exits: (sink: Sink<unknown>) => Pick<ExitPorts, 'ask' | 'deadLetter'>
}

/** Where payloads go that this sink passes on. */
export interface Successors {
  readonly fallback: ManagedSink | null
  readonly onSuccess: ManagedSink | null
}

export class ManagedSink implements Successor {
  readonly type: string
  readonly name: string
  /** `type/name`. */
  readonly path: string
  readonly payloadKey: string
  readonly plugin: boolean
  readonly lane: Lane
  /** How groups for this sink are made. */
  readonly grouping: GroupOptions
  readonly sink: Sink<unknown>
  /** `type/name` of the fallback and of the sink that follows a success, as configured. */
  readonly links: { readonly fallback: string | undefined; readonly onSuccess: string | undefined }
  readonly uiUrl: string
  readonly #check: ReturnType<typeof compileSchema>
  readonly #connectTimeoutMs: number
  readonly #logger: AppLogger
  readonly #convert: PayloadConverter | null
  readonly #barrier: FlushBarrier | null
  readonly #exits: Pick<ExitPorts, 'ask' | 'deadLetter'>
  readonly #ordered: boolean
  #successors: Successors = { fallback: null, onSuccess: null }
  #connected = false

  constructor(options: ManagedSinkOptions) {
    const { definition, instance } = options
    this.type = instance.type
    this.name = instance.name
    this.path = `${instance.type}/${instance.name}`
    this.payloadKey = definition.payloadKey
    this.plugin = options.plugin
    this.uiUrl = instance.framework.ui_url
    this.links = { fallback: instance.framework.fallback, onSuccess: instance.framework.on_success }
    this.#logger = options.logger
    this.#convert = options.convert
    this.#connectTimeoutMs = instance.framework.connect_timeout_seconds * 1000
    this.#check = compileSchema(definition.payload)
    this.sink = definition.create(instance.own, options.context)
    this.#barrier = this.sink.flush === undefined ? null : new FlushBarrier(() => this.#flush())
    this.#exits = options.exits(this.sink)
    const rules = laneRules(options)
    this.#ordered = rules.ordered
    this.grouping = { sinkPath: this.path, measure: (payload) => this.#measure(payload) }
    this.lane = new Lane(rules, {
      ...options.ports,
      logger: options.logger,
      deliver: (batch, call) => this.#deliver(batch, call),
      exits: {
        ...this.#exits,
        fallback: (group, payloads) => this.#handOver(this.#successors.fallback, { group, payloads, role: 'fallback' }),
        follow: (group, follower) => this.#handOver(this.#successors.onSuccess, { group, payloads: [follower], role: 'on_success' }),
        buryFollower: (group, failure) => (this.#successors.onSuccess ?? this).#exits.deadLetter(group, failure),
      },
    })
  }

  get isConnected(): boolean {
    return this.#connected
  }

  /** Once, when all sinks are there. */
  linkTo(successors: Successors): void {
    this.#successors = successors
  }

  payloadProblem(payload: unknown): string | null {
    if (this.#check.check(payload)) return null
    const [issue] = this.#check.issues(payload)
    return issue === undefined ? 'does not match the payload schema' : `${issue.path === '' ? 'payload' : issue.path} ${issue.message}`
  }

  /** Rejects with a `SinkError` (`DRK_SINK_CONNECT_FAILED`) naming the instance. */
  async connect(signal: AbortSignal): Promise<void> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(this.#connectTimeoutMs)])
    try {
      await abortable(Promise.resolve(this.sink.connect?.({ signal: limit })), limit)
    } catch (error) {
      throw new SinkError({
        kind: 'permanent',
        code: 'DRK_SINK_CONNECT_FAILED',
        message: `sinks.${this.type}.${this.name}: cannot connect: ${redactText(errorMessage(error))}`,
        cause: error,
      })
    }
    this.#connected = true
    this.#logger.info('sink_connected', {})
  }

  /** Never rejects: a failure is logged. */
  async close(signal: AbortSignal): Promise<void> {
    try {
      await abortable(Promise.resolve(this.sink.close?.({ signal })), signal)
    } catch (error) {
      this.#logger.warn('sink_close_error', { error })
    } finally {
      this.#connected = false
      this.lane.stop()
    }
  }

  async #deliver(batch: readonly DeliveryItem<unknown>[], call: DeliverCall): Promise<DeliverResult> {
    if (!this.#connected) {
      throw new SinkError({ kind: 'transient', code: 'DRK_SINK_NOT_CONNECTED', message: `${this.path} is not connected` })
    }
    const result = await this.sink.deliver(batch, call)
    return this.#barrier === null ? result : afterBarrier(batch, result, this.#barrier)
  }

  async #flush(): Promise<void> {
    const signal = AbortSignal.timeout(flushTimeoutMs)
    await abortable(Promise.resolve(this.sink.flush?.({ signal })), signal)
  }

  #measure(payload: unknown): PayloadMeasure {
    return { bytes: estimateBytes(payload), line: this.#ordered ? this.#lineOf(payload) : null }
  }

  #lineOf(payload: unknown): string | null {
    if (this.sink.orderingKey === undefined) return ''
    try {
      return this.sink.orderingKey(payload)
    } catch (error) {
      this.#logger.error('sink_contract_violation', { error: `orderingKey threw: ${errorMessage(error)}` })
      return ''
    }
  }

  #handOver(to: ManagedSink | null, request: Pick<HandOverRequest, 'group' | 'payloads' | 'role'>): HandOver | null {
    return to === null ? null : handOver(to, { ...request, from: this, convert: this.#convert })
  }
}

function laneRules(options: ManagedSinkOptions): LaneRules {
  const { definition, instance } = options
  const { framework } = instance
  const { batching = false, ordered = false } = definition.capabilities
  const declared = typeof definition.idempotent === 'function' ? definition.idempotent(instance.own) : definition.idempotent
  return {
    idempotent: framework.idempotent ?? declared,
    batching,
    ordered,
    maxItems: framework.batch.max_items,
    maxBytes: framework.batch.max_bytes,
    maxWaitMs: framework.batch.max_wait_ms,
    maxInFlight: framework.max_in_flight ?? (ordered ? 1 : 4),
    fastRetries: framework.fast_retries,
    strategy: framework.retry === undefined ? null : retryStrategy(framework.retry),
    maxRetries: options.maxRetries,
    deliveryTimeoutMs: framework.delivery_timeout_seconds === undefined ? null : framework.delivery_timeout_seconds * 1000,
    circuit: {
      failureThreshold: framework.circuit_breaker.failure_threshold,
      cooldownMs: framework.circuit_breaker.cooldown_seconds * 1000,
      // What an open breaker turns away has somewhere to go then (spec CB-19).
      onOpen: framework.fallback === undefined ? framework.circuit_breaker.on_open : 'dlq',
    },
  }
}

function retryStrategy({ backoff, on_failure }: NonNullable<SinkFrameworkConfig['retry']>): RetryStrategy {
  return {
    backoff: {
      intervalMs: milliseconds(backoff.interval),
      factor: backoff.factor,
      capMs: backoff.cap === undefined ? null : milliseconds(backoff.cap),
      jitter: backoff.jitter,
    },
    steps: backoff.steps ?? null,
    onFailure: on_failure,
  }
}

/** Of a duration the configuration has checked already. */
function milliseconds(duration: string | number): number {
  const value = parseDuration(duration)
  if (value === null) throw new TypeError(`"${duration}" is no duration`)
  return value
}
