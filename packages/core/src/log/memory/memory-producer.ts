/** Producer of the memory log: a send is stored before the call returns, and answered in a microtask. */
import type { CallOptions } from '@drakkar/plugin-sdk'
import type { LogProducer, ProducedRecord, ProduceRecord } from '@drakkar/plugin-sdk/log'
import { logClosed, notConnected } from '../log-errors.ts'
import type { MemoryFaults } from './memory-faults.ts'
import type { MemoryStore } from './memory-store.ts'

export class MemoryProducer implements LogProducer {
  readonly #store: MemoryStore
  readonly #faults: MemoryFaults
  #state: 'new' | 'connected' | 'closed' = 'new'

  constructor(store: MemoryStore, faults: MemoryFaults) {
    this.#store = store
    this.#faults = faults
  }

  async connect(call: CallOptions): Promise<void> {
    if (this.#state === 'closed') throw logClosed('producer')
    call.signal.throwIfAborted()
    this.#state = 'connected'
  }

  async send(records: readonly ProduceRecord[]): Promise<readonly ProducedRecord[]> {
    if (this.#state === 'closed') throw logClosed('producer')
    if (this.#state === 'new') throw notConnected()
    const fault = records.length === 0 ? undefined : this.#faults.takeSend()
    if (fault !== undefined) throw fault
    return this.#store.append(records)
  }

  async close(): Promise<void> {
    this.#state = 'closed'
  }
}
