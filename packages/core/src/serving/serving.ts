/** The store of SERVE answers that `serving.store` names (spec NMF-15, NMF-16). */
import { type Clock, type ConfigProblem, type ServingStore, SinkError } from '@drakkar/plugin-sdk'
import { configError } from '../config/problems.ts'
import type { DrakkarConfig } from '../config/schema.ts'
import { createMemoryServingStore } from './memory-serving-store.ts'

/** A configured sink that may offer a store. */
export interface StoreOwner {
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
    const problem = servingStoreProblem(this.#name, sinks)
    if (problem !== null) throw configError([problem])
    this.#store ??= sinks.find(({ path }) => path === this.#name)?.sink.servingStore ?? null
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

/** `store`: `serving.store`. Null when it is there, or none is wanted. */
export function servingStoreProblem(store: string, sinks: readonly StoreOwner[]): ConfigProblem | null {
  if (store === '' || store === 'memory') return null
  const owner = sinks.find(({ path }) => path === store)
  if (owner?.sink.servingStore !== undefined) return null
  const why = owner === undefined ? 'is not a configured sink' : 'cannot store answers'
  return { path: 'serving.store', message: `"${store}" ${why}; use memory, or a sink that can store, written type/name` }
}
