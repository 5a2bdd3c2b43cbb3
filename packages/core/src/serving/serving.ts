/** The store of SERVE answers that `serving.store` names (spec NMF-15, NMF-16). */
import { type Clock, ConfigError, type ServingStore, SinkError } from '@drakkar/plugin-sdk'
import type { DrakkarConfig } from '../config/schema.ts'
import { createMemoryServingStore } from './memory-serving-store.ts'

/** A configured sink that may offer a store. */
interface StoreOwner {
  readonly path: string
  readonly sink: { readonly servingStore?: ServingStore }
}

export class Serving {
  readonly #name: string
  readonly #ttlSeconds: number
  #store: ServingStore | null = null

  constructor({ store, ttl_seconds }: DrakkarConfig['serving'], clock: Clock) {
    this.#name = store
    this.#ttlSeconds = ttl_seconds
    if (store === 'memory') this.#store = createMemoryServingStore({ clock })
  }

  /** Finds the store among the sinks. Throws a `ConfigError` when `serving.store` names none of them. */
  connect(sinks: readonly StoreOwner[]): void {
    if (this.#name === '' || this.#store !== null) return
    const owner = sinks.find(({ path }) => path === this.#name)
    if (owner?.sink.servingStore === undefined)
      throw noStore(this.#name, owner === undefined ? 'is not a configured sink' : 'cannot store answers')
    this.#store = owner.sink.servingStore
  }

  /** Rejects with a `SinkError`. */
  async put(requestId: string, body: Uint8Array, signal: AbortSignal): Promise<void> {
    await this.#required().put(requestId, body, { signal, ttlSeconds: this.#ttlSeconds })
  }

  /** Null: unknown or expired. Rejects with a `SinkError`. */
  async get(requestId: string, signal: AbortSignal): Promise<Uint8Array | null> {
    return this.#required().get(requestId, { signal })
  }

  #required(): ServingStore {
    if (this.#store !== null) return this.#store
    throw new SinkError({ kind: 'permanent', message: 'there is no store for SERVE answers: set serving.store' })
  }
}

function noStore(name: string, why: string): ConfigError {
  const message = `"${name}" ${why}; use memory, or a sink that can store, written type/name`
  return new ConfigError({
    code: 'DRK_CONFIG_INVALID',
    message: `serving.store: ${message}`,
    problems: [{ path: 'serving.store', message }],
  })
}
