/** Producer of an embedded log. A send is answered when its transaction is committed: it outlives this process. */
import type { CallOptions } from '@drakkar/plugin-sdk'
import type { LogProducer, ProducedRecord, ProduceRecord } from '@drakkar/plugin-sdk/log'
import { logClosed, notConnected } from '../log-errors.ts'
import type { EmbeddedStore } from './embedded-store.ts'
import { toLogError } from './sqlite-failure.ts'

export class EmbeddedProducer implements LogProducer {
  readonly #store: EmbeddedStore
  readonly #path: string
  readonly #sending = new Set<Promise<unknown>>()
  #state: 'new' | 'connected' | 'closed' = 'new'

  constructor(store: EmbeddedStore, path: string) {
    this.#store = store
    this.#path = path
  }

  async connect(call: CallOptions): Promise<void> {
    if (this.#state === 'closed') throw logClosed('producer')
    call.signal.throwIfAborted()
    this.#state = 'connected'
  }

  async send(records: readonly ProduceRecord[]): Promise<readonly ProducedRecord[]> {
    if (this.#state === 'closed') throw logClosed('producer')
    if (this.#state === 'new') throw notConnected()
    const sending = this.#store.append(records)
    this.#sending.add(sending)
    try {
      return await sending
    } catch (error) {
      throw toLogError(error, this.#path)
    } finally {
      this.#sending.delete(sending)
    }
  }

  async close(): Promise<void> {
    this.#state = 'closed'
    await Promise.allSettled(this.#sending)
  }
}
