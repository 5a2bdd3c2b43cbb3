/**
 * The reference sink: keeps payloads in a store that tests can look into and break. It passes the whole conformance kit, and
 * each of `brokenSinks` is this one with a single fault.
 */
import { Type, type Static } from 'typebox'
import { BaseSink } from '../base-sink.ts'
import { classifyError } from '../classify.ts'
import { defineSink, type SinkDefinition } from '../define-sink.ts'
import { errorMessage, SinkError } from '../errors.ts'
import { jsonText } from '../json.ts'
import { failure, ok, type SinkResponse } from '../response.ts'
import { described, secret } from '../schema.ts'
import type { CallOptions, DeliverCall, DeliveryItem, ServingStore, SinkContext, WireForm } from '../sink.ts'
import type { MemoryStore } from './memory-store.ts'

export const MemoryPayload = Type.Object(
  {
    key: described(Type.String({ minLength: 1 }), 'Names the entry. The store refuses keys that begin with `bad`.'),
    data: described(Type.Unknown(), 'Anything.'),
  },
  { additionalProperties: false },
)
export type MemoryPayload = Static<typeof MemoryPayload>

/** Default address, with credentials that no error may show. */
export const memoryUrl = 'memory://writer:swordfish@store'

export const MemoryConfig = Type.Object(
  {
    url: described(Type.String({ default: memoryUrl }), 'An address with credentials, as real sinks have one. No call uses it.'),
    access_token: described(secret({ default: '' }), 'Not used; shows how a secret is declared.'),
  },
  { additionalProperties: false },
)
export type MemoryConfig = Static<typeof MemoryConfig>

export interface MemorySinkOptions {
  /** Default `memory`. */
  readonly type?: string
  /** Default true: entries are keyed by the item's id, so that a repetition changes nothing. */
  readonly idempotent?: boolean
  /** Default true. */
  readonly ordered?: boolean
  /** Default true. */
  readonly batching?: boolean
}

/** A sink definition that writes to `store`. */
export function memorySink(store: MemoryStore, options: MemorySinkOptions = {}): SinkDefinition<typeof MemoryConfig, typeof MemoryPayload> {
  const { type = 'memory', idempotent = true, ordered = true, batching = true } = options
  return defineSink({
    type,
    config: MemoryConfig,
    payload: MemoryPayload,
    idempotent,
    capabilities: { batching, ordered },
    create: (_config, context) => new MemorySink({ store, context, isKeyed: idempotent }),
  })
}

interface MemorySinkParts {
  readonly store: MemoryStore
  readonly context: SinkContext
  readonly isKeyed: boolean
}

class MemorySink extends BaseSink<MemoryPayload> {
  readonly servingStore: ServingStore
  readonly #store: MemoryStore
  readonly #isKeyed: boolean
  #handle: { release(): void } | undefined

  constructor({ store, context, isKeyed }: MemorySinkParts) {
    super(context)
    this.#store = store
    this.#isKeyed = isKeyed
    this.servingStore = memoryServingStore(store)
  }

  orderingKey(payload: MemoryPayload): string {
    return payload.key
  }

  encode(payload: MemoryPayload): WireForm {
    return { body: new TextEncoder().encode(jsonText(payload)) }
  }

  async flush(): Promise<void> {
    if (this.#store.failsFlush) throw new SinkError({ kind: 'transient', message: 'The store could not be synchronised' })
    this.#store.sync()
  }

  async check({ signal }: CallOptions): Promise<void> {
    await this.#store.reach(signal)
  }

  protected override async open({ signal }: CallOptions): Promise<void> {
    this.#handle = this.#store.open()
    try {
      await this.#store.reach(signal)
    } catch (error) {
      const message = `The store cannot be reached: ${errorMessage(error)}`
      throw new SinkError({ kind: 'transient', code: 'DRK_SINK_CONNECT_FAILED', message, cause: error })
    }
  }

  protected override async write(batch: readonly DeliveryItem<MemoryPayload>[], { signal }: DeliverCall): Promise<readonly SinkResponse[]> {
    try {
      await this.#store.reach(signal)
    } catch (error) {
      throw classifyError(error)
    }
    const waiting = new Set<string>()
    return batch.map((item) => {
      const { key } = item.payload
      if (!waiting.has(key) && !this.#store.failsForNow(item.payload)) return this.#put(item)
      waiting.add(key)
      return failure(item.id, new SinkError({ kind: 'transient', message: 'The entry is locked' }))
    })
  }

  protected override release(): void {
    this.#handle?.release()
  }

  #put({ id, payload }: DeliveryItem<MemoryPayload>): SinkResponse {
    if (payload.key.startsWith('bad')) return failure(id, 'The store refuses this key')
    this.#store.put({ id, payload, body: this.encode(payload).body }, this.#isKeyed ? id : undefined)
    return ok(id)
  }
}

function memoryServingStore(store: MemoryStore): ServingStore {
  const reach = async (signal: AbortSignal): Promise<void> => {
    try {
      await store.reach(signal)
    } catch (error) {
      throw classifyError(error)
    }
  }
  return {
    async put(id, body, { signal, ttlSeconds }) {
      await reach(signal)
      store.serve(id, body, ttlSeconds)
    },
    async get(id, { signal }) {
      await reach(signal)
      return store.served(id)
    },
  }
}
