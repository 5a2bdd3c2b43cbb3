/**
 * One configured sink instance: the plugin's sink, its connection state and its lane.
 */
import { errorMessage, redactText, SinkError, compileSchema } from '@drakkar/plugin-sdk'
import type { DeliverCall, DeliverResult, DeliveryItem, Sink, SinkContext, SinkDefinition } from '@drakkar/plugin-sdk'
import type { SinkInstanceConfig } from '../../config/instances.ts'
import { abortable } from '../../runtime/abortable.ts'
import type { AppLogger } from '../../observability/logger.ts'
import { Lane, type LanePorts, type LaneRules } from './lane.ts'
import type { RouteTarget } from './route.ts'

export interface ManagedSinkOptions {
  readonly definition: SinkDefinition
  readonly instance: SinkInstanceConfig
  /** Reachable through the `custom` list. */
  readonly plugin: boolean
  readonly maxRetries: number
  readonly context: SinkContext
  readonly logger: AppLogger
  readonly ports: Omit<LanePorts, 'deliver' | 'logger'>
}

export class ManagedSink implements RouteTarget {
  readonly type: string
  readonly name: string
  readonly payloadKey: string
  readonly plugin: boolean
  readonly lane: Lane
  readonly sink: Sink<unknown>
  readonly #check: ReturnType<typeof compileSchema>
  readonly #connectTimeoutMs: number
  readonly #logger: AppLogger
  #connected = false
  /** Something was delivered since the last successful flush. */
  #dirty = false
  #flushing: Promise<void> | null = null
  #nextFlush: Promise<void> | null = null

  constructor(options: ManagedSinkOptions) {
    const { definition, instance } = options
    this.type = instance.type
    this.name = instance.name
    this.payloadKey = definition.payloadKey
    this.plugin = options.plugin
    this.#logger = options.logger
    this.#connectTimeoutMs = instance.framework.connect_timeout_seconds * 1000
    this.#check = compileSchema(definition.payload)
    this.sink = definition.create(instance.own, options.context)
    this.lane = new Lane(laneRules(options), {
      ...options.ports,
      logger: options.logger,
      deliver: (batch, call) => this.#deliver(batch, call),
    })
  }

  get path(): string {
    return `${this.type}/${this.name}`
  }

  get isConnected(): boolean {
    return this.#connected
  }

  /** Something was delivered that `flush` has not made durable yet. */
  get needsFlush(): boolean {
    return this.sink.flush !== undefined && (this.#dirty || this.#flushing !== null)
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

  /**
   * Resolves when all that was delivered before the call is durable. At most one flush runs and one waits: calls that
   * come while one runs share the next (spec UNI-6). What is delivered meanwhile is not waited for.
   */
  flush(signal: AbortSignal): Promise<void> {
    if (!this.needsFlush) return Promise.resolve()
    if (this.#nextFlush === null && this.#flushing === null) return this.#startFlush(signal)
    this.#nextFlush ??= this.#flushAfter(this.#flushing, signal)
    return this.#nextFlush
  }

  /** Never rejects: a failure is logged. */
  async close(signal: AbortSignal): Promise<void> {
    try {
      await abortable(Promise.resolve(this.sink.close?.({ signal })), signal)
    } catch (error) {
      this.#logger.warn('sink_close_error', { error })
    } finally {
      this.#connected = false
    }
  }

  /** What a delivery accepted needs a flush that begins after it: a barrier in the middle of it covers nothing of it. */
  async #deliver(batch: readonly DeliveryItem<unknown>[], call: DeliverCall): Promise<DeliverResult> {
    if (!this.#connected) {
      throw new SinkError({ kind: 'transient', code: 'DRK_SINK_NOT_CONNECTED', message: `${this.path} is not connected` })
    }
    try {
      return await this.sink.deliver(batch, call)
    } finally {
      this.#dirty = true
    }
  }

  async #flushAfter(running: Promise<void> | null, signal: AbortSignal): Promise<void> {
    await Promise.allSettled([running])
    this.#nextFlush = null
    await this.#startFlush(signal)
  }

  #startFlush(signal: AbortSignal): Promise<void> {
    this.#dirty = false
    const flushing = this.#flushOnce(signal)
    this.#flushing = flushing
    const forget = (): void => {
      if (this.#flushing === flushing) this.#flushing = null
    }
    flushing.then(forget, forget)
    return flushing
  }

  async #flushOnce(signal: AbortSignal): Promise<void> {
    try {
      await abortable(Promise.resolve(this.sink.flush?.({ signal })), signal)
    } catch (error) {
      this.#dirty = true
      throw error
    }
  }
}

function laneRules(options: ManagedSinkOptions): LaneRules {
  const { definition, instance } = options
  const { framework } = instance
  const { batching = false, ordered = false } = definition.capabilities
  const declared = typeof definition.idempotent === 'function' ? definition.idempotent(instance.own) : definition.idempotent
  return {
    type: instance.type,
    name: instance.name,
    idempotent: framework.idempotent ?? declared,
    batching,
    maxItems: framework.batch.max_items,
    maxInFlight: framework.max_in_flight ?? (ordered ? 1 : 4),
    fastRetries: framework.fast_retries,
    maxRetries: options.maxRetries,
    deliveryTimeoutMs: framework.delivery_timeout_seconds === undefined ? null : framework.delivery_timeout_seconds * 1000,
  }
}
