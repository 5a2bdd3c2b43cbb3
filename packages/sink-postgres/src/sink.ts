/** The PostgreSQL sink: payloads to rows, rows to the server, an answer for each payload. */
import {
  BaseSink,
  failure,
  ok,
  SinkError,
  type CallOptions,
  type DeliverCall,
  type DeliverResult,
  type DeliveryItem,
  type SinkContext,
  type SinkResponse,
  type WireForm,
} from '@drakkar/plugin-sdk'
import type { Pool } from 'pg'
import { classifyPostgresError, isAccessRefused } from './classify-error.ts'
import type { PostgresClient } from './client.ts'
import type { PostgresSinkConfig } from './config.ts'
import { checkConfig } from './connection.ts'
import { insertRows } from './insert-rows.ts'
import type { PostgresPayload } from './payload.ts'
import { encodeRow, toRows } from './request.ts'
import { conflictColumns } from './statement.ts'

/** What handlers reach as `context.sinks.postgres('<instance>')` (spec APP-10, PGS-7). */
export interface PostgresHandle {
  /** pg's pool. Throws `DRK_SINK_NOT_CONNECTED` while the sink is not connected. Do not end it. */
  readonly pool: Pool
}

declare module '@drakkar/plugin-sdk' {
  interface SinkHandleMap {
    postgres: PostgresHandle
  }
}

export interface PostgresSinkOptions {
  readonly config: PostgresSinkConfig
  readonly context: SinkContext
  /** Called by each `connect`. */
  readonly createClient: () => Promise<PostgresClient>
}

export class PostgresSink extends BaseSink<PostgresPayload> {
  readonly handle: PostgresHandle
  readonly #options: PostgresSinkOptions
  readonly #conflictColumns: readonly string[]
  #client: PostgresClient | undefined

  /** Throws `ConfigError` for a configuration that contradicts itself. */
  constructor(options: PostgresSinkOptions) {
    super(options.context)
    checkConfig(options.config)
    this.#options = options
    this.#conflictColumns = conflictColumns(options.config.on_conflict)
    const readPool = (): Pool => this.pool
    this.handle = {
      get pool() {
        return readPool()
      },
    }
  }

  /** Throws while the sink is not connected. */
  get pool(): Pool {
    return this.#connectedClient().pool
  }

  async check({ signal }: CallOptions): Promise<void> {
    const client = this.#connectedClient()
    await whileConnecting(() => client.check(signal))
  }

  /** Rows of one table keep their order. `t` and `public.t` are two lines, whatever the search path makes of them. */
  orderingKey(payload: PostgresPayload): string {
    return payload.table
  }

  encode(payload: PostgresPayload): WireForm {
    return encodeRow(payload)
  }

  protected async open({ signal }: CallOptions): Promise<void> {
    const client = await this.#options.createClient()
    this.#client = client
    const { host, database } = await whileConnecting(() => client.connect(signal))
    this.context.logger.info('postgres_sink_connected', { host, database })
  }

  protected async write(batch: readonly DeliveryItem<PostgresPayload>[], { signal }: DeliverCall): Promise<DeliverResult> {
    const client = this.#connectedClient()
    const { rows, refused } = toRows(batch)
    const failed = await insertRows(rows, { client, signal, conflictColumns: this.#conflictColumns })
    if (failed.size === 0 && refused.length === 0) return
    return [...refused, ...rows.map((row) => answer(row.id, failed.get(row)))]
  }

  protected async release(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    try {
      await client?.disconnect()
    } catch (error) {
      this.context.logger.error('postgres_sink_close_error', { error: classifyPostgresError(error).error })
      throw error
    }
  }

  #connectedClient(): PostgresClient {
    this.assertConnected()
    if (this.#client !== undefined) return this.#client
    throw new SinkError({ kind: 'transient', code: 'DRK_SINK_NOT_CONNECTED', message: 'The connection is being closed' })
  }
}

function answer(id: string, error: SinkError | undefined): SinkResponse {
  return error === undefined ? ok(id) : failure(id, error)
}

async function whileConnecting<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const { kind, message } = classifyPostgresError(error).error
    throw new SinkError({ kind: isAccessRefused(error) ? 'permanent' : kind, code: 'DRK_SINK_CONNECT_FAILED', message })
  }
}
