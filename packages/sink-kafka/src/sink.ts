/** The Kafka sink: payloads to records, records to the cluster, an answer for each payload. */
import {
  BaseSink,
  failure,
  ok,
  SinkError,
  type DeliverCall,
  type DeliverResult,
  type DeliveryItem,
  type SinkContext,
  type SinkResponse,
  type WireForm,
} from '@drakkar/plugin-sdk'
import type { KafkaClient } from './client.ts'
import type { KafkaSinkConfig } from './config.ts'
import { connectError, whileConnecting } from './connect-error.ts'
import type { KafkaPayload } from './payload.ts'
import { encodeRecord, recordOrderingKey, toRecords, type OutgoingRecord } from './request.ts'
import { SendLane } from './send-lane.ts'
import { sendRecords } from './send-records.ts'

export interface KafkaSinkOptions {
  readonly config: KafkaSinkConfig
  readonly context: SinkContext
  /** Called by each `connect`. */
  readonly createClient: () => Promise<KafkaClient>
  /** Clock for records without a timestamp, Unix milliseconds. */
  readonly now: () => number
}

/** Longest wait of `close` for requests in flight and for the connection to end (spec KFS-9). */
const closeTimeoutMs = 5000

export class KafkaSink extends BaseSink<KafkaPayload> {
  readonly #options: KafkaSinkOptions
  readonly #lane = new SendLane()
  #client: KafkaClient | undefined

  constructor(options: KafkaSinkOptions) {
    super(options.context)
    this.#options = options
  }

  async check(): Promise<void> {
    await this.#proveTopic(this.#connectedClient())
  }

  orderingKey(payload: KafkaPayload): string | null {
    return recordOrderingKey(payload, this.#options.config.topic)
  }

  encode(payload: KafkaPayload): WireForm {
    return encodeRecord(payload)
  }

  protected async open(): Promise<void> {
    const { config, createClient } = this.#options
    if (config.enable_idempotence && config.acks !== 'all') throw connectError('permanent', 'enable_idempotence needs acks: all')
    this.#client = await createClient()
    await this.#proveTopic(this.#client)
    await whileConnecting(this.#client.connect())
  }

  protected async write(batch: readonly DeliveryItem<KafkaPayload>[], call: DeliverCall): Promise<DeliverResult> {
    const client = this.#connectedClient()
    const { config, now } = this.#options
    const { topic, allow_topic_override: allowTopicOverride, max_request_bytes: maxRequestBytes } = config
    const { records, refused } = toRecords(batch, { topic, allowTopicOverride, nowMs: now(), trace: (id) => call.trace(id) })
    const send = { client, maxRequestBytes, topic, signal: call.signal }
    const failed = await this.#lane.run(() => sendRecords(records, send), call.signal)
    if (failed.size === 0 && refused.length === 0) return
    return [...refused, ...records.map((record) => answer(record, failed.get(record)))]
  }

  protected async release(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    try {
      await settleThenDisconnect(this.#lane, client)
    } catch (error) {
      this.context.logger.error('kafka_sink_close_error', { error })
      throw error
    }
  }

  async #proveTopic(client: KafkaClient): Promise<void> {
    await whileConnecting(client.countPartitions(this.#options.config.topic), this.#options.config.topic)
  }

  #connectedClient(): KafkaClient {
    this.assertConnected()
    if (this.#client !== undefined) return this.#client
    throw new SinkError({ kind: 'transient', code: 'DRK_SINK_NOT_CONNECTED', message: 'The connection is being closed' })
  }
}

function answer({ id }: OutgoingRecord, error: SinkError | undefined): SinkResponse {
  return error === undefined ? ok(id) : failure(id, error)
}

async function settleThenDisconnect(lane: SendLane, client: KafkaClient | undefined): Promise<void> {
  try {
    await lane.settle(closeTimeoutMs)
  } finally {
    await client?.disconnect()
  }
}
