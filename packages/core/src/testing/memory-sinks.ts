/** The sinks of a test: the definitions given, checked and configured as in production, with a memory in place of the target. */
import { defineSink, failure, ok } from '@drakkar/plugin-sdk'
import type {
  DeliverCall,
  DeliverResult,
  DeliveryItem,
  DeliverySource,
  Sink,
  SinkContext,
  SinkDefinition,
  SinkResponse,
} from '@drakkar/plugin-sdk'
import { Type } from 'typebox'
import type { Awaitable } from '../handler.ts'
import { SinkRegistry } from '../registry/sink-registry.ts'
import type { SinkFailure } from './fault-script.ts'
import type { OutsideWork } from './outside-work.ts'
import type { PlannedType } from './sink-plan.ts'
import { never, type WorkerLife } from './worker-life.ts'

/** A payload that arrived. */
export interface Delivered {
  /** `type/name` */
  readonly sink: string
  /** As the sink received it. */
  readonly payload: unknown
  /** The same when the message is processed again. */
  readonly id: string
  /** Earlier attempts for this payload. */
  readonly attempt: number
  readonly source: DeliverySource
  /** Virtual time since the beginning. */
  readonly seconds: number
}

/** What a sink answers for one payload; undefined: it arrived. */
export type SinkAnswer = (item: DeliveryItem<unknown>) => Awaitable<SinkResponse | undefined>

export interface MemorySinkPorts {
  readonly life: WorkerLife
  readonly outside: OutsideWork
  /** By `type/name`. */
  readonly answers: Readonly<Record<string, SinkAnswer>>
  /** By `type/name`: what handlers reach as `context.sinks.type('name')`. */
  readonly handles: Readonly<Record<string, unknown>>
  failureOf(sink: string, payloads: readonly unknown[]): SinkFailure | null
  arrived(sink: string, payloadKey: string, item: DeliveryItem<unknown>): void
}

/** A registry of nothing but the sinks of the test. */
export function memoryRegistry(types: readonly PlannedType[], ports: MemorySinkPorts): SinkRegistry {
  const registry = new SinkRegistry()
  for (const planned of types) registry.register(memoryDefinition(planned, ports))
  return registry
}

/** Of instances that are not in the configuration nothing is known: whatever stands there is right. */
export function configSchemaOf({ definition, isConfigured }: PlannedType): SinkDefinition['config'] {
  return definition !== null && isConfigured ? definition.config : Type.Object({}, { additionalProperties: true })
}

function memoryDefinition(planned: PlannedType, ports: MemorySinkPorts): SinkDefinition {
  const { type, definition, isConfigured } = planned
  const config = configSchemaOf(planned)
  if (definition === null) {
    return defineSink({
      type,
      config,
      payload: Type.Unknown(),
      capabilities: { batching: true, ordered: true },
      create: (_config, context) => memorySink({ context, payloadKey: type, original: null }, ports),
    })
  }
  const { payloadKey, short, payload, capabilities, idempotent } = definition
  return defineSink({
    type,
    payloadKey,
    short,
    config,
    payload,
    capabilities: isConfigured ? capabilities : { ...capabilities, lossy: false },
    idempotent: isConfigured || typeof idempotent === 'boolean' ? idempotent : false,
    create: (own, context) => memorySink({ context, payloadKey, original: isConfigured ? definition.create(own, context) : null }, ports),
  })
}

interface SinkParts {
  readonly context: SinkContext
  readonly payloadKey: string
  /** Never connected: only asked about order and encoding. */
  readonly original: Sink<unknown> | null
}

function memorySink({ context, payloadKey, original }: SinkParts, ports: MemorySinkPorts): Sink<unknown> {
  const path = `${context.type}/${context.name}`
  const handle = ports.handles[path]
  return {
    deliver: (batch, call) => ports.life.run(() => new Delivery(path, payloadKey, ports).carryOut(batch, call)),
    ...(original?.orderingKey === undefined ? {} : { orderingKey: (payload: unknown) => original.orderingKey?.(payload) ?? null }),
    ...(original?.encode === undefined ? {} : { encode: original.encode.bind(original) }),
    ...(handle === undefined ? {} : { handle }),
  }
}

/** One call of `deliver`. */
class Delivery {
  readonly #path: string
  readonly #payloadKey: string
  readonly #ports: MemorySinkPorts

  constructor(path: string, payloadKey: string, ports: MemorySinkPorts) {
    this.#path = path
    this.#payloadKey = payloadKey
    this.#ports = ports
  }

  async carryOut(batch: readonly DeliveryItem<unknown>[], call: DeliverCall): Promise<DeliverResult> {
    if (batch.length === 0) return undefined
    const fault = this.#ports.failureOf(
      this.#path,
      batch.map(({ payload }) => payload),
    )
    if (fault?.hang === true) return this.#ports.outside.track(`the delivery to ${this.#path}`, hang(call.signal), 'none')
    if (fault !== null && fault.payloads === null) throw fault.error
    const responses: SinkResponse[] = []
    for (const item of batch) {
      const fails = fault?.payloads?.(item.payload) === true
      responses.push(fails ? failure(item.id, fault.error) : await this.#answer(item))
      // It was killed by what this payload set off.
      if (!this.#ports.life.isAlive) return never()
    }
    return responses.every(({ status }) => status === 'ok') ? undefined : responses
  }

  async #answer(item: DeliveryItem<unknown>): Promise<SinkResponse> {
    const { answers, outside, arrived } = this.#ports
    const answer = answers[this.#path]?.(item)
    const response = (answer instanceof Promise ? await outside.track(`the answer of ${this.#path}`, answer) : answer) ?? ok(item.id)
    if (response.status === 'ok' || response.status === 'on_success') arrived(this.#path, this.#payloadKey, item)
    return response
  }
}

/** Ends with the signal, as a sink does that heeds it. */
function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const onAbort = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal.reason }))
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
}
