/** What the race of the sinks needs of one sink: its data, its server, and its driver used without Drakkar. */
import type { SinkDefinition } from '@drakkar/plugin-sdk'

/** Where one run writes to. */
export interface Place {
  /** Of the server; for files a folder. */
  readonly url: string
  /** Table, collection, topic, key prefix, path or file of this run alone. Letters, digits and `_`. */
  readonly name: string
}

/** As a handler returns it, without the addressing fields. */
export type Payload = Readonly<Record<string, unknown>>

export interface SinkTarget<P extends Payload = Payload> {
  readonly definition: SinkDefinition
  /** Configuration of an instance that writes to the place: the sink's own part. */
  config(place: Place): Payload
  payload(place: Place, index: number): P
  openBare(place: Place, options: BareOptions): Promise<BareDriver<P>>
  /** Name and version of the server, for the reader of the table. */
  describe(url: string): Promise<string>
  create(place: Place): Promise<void>
  /** How many have arrived. Where payloads replace earlier ones, `sent` when every different one is there. */
  count(place: Place, sent: number): Promise<number>
  /** Once, after `create`. */
  drop(place: Place): Promise<void>
}

export interface BareOptions {
  /** Calls of `sendBatch` at once. */
  readonly inFlight: number
}

/** The driver alone. Each method resolves when the server has acknowledged everything, and else rejects. */
export interface BareDriver<P extends Payload = Payload> {
  /** As the sink sends a batch, without anything around it. */
  sendBatch(payloads: readonly P[]): Promise<void>
  /** The origin's way: a statement, command or request of its own. */
  sendOne(payload: P): Promise<void>
  close(): Promise<void>
}
