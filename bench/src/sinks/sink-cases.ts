/** The sinks that are compared and on what terms. Pure data: nothing here loads a driver. */
import type { ServiceName } from '../service.ts'

export const sinkNames = ['postgres', 'mongo', 'redis', 'http', 'kafka', 'file'] as const
export type SinkName = (typeof sinkNames)[number]

/**
 * Payloads of a run that differ; longer runs send them again. As many as are sent would be a heap that a worker never has, and
 * each collection of garbage would go through it.
 */
export const distinctPayloads = 10_000

export const batchSizes: readonly number[] = [1, 10, 100, 500]

export interface SinkCase {
  /** What a payload is to the server. */
  readonly unit: string
  /** Null: needs no server. */
  readonly service: ServiceName | null
  /** Deliveries at once, as the sink's default is. */
  readonly inFlight: number
  /** Per run, at batches of 100 and more. */
  readonly payloads: number
  /** False: each payload is a request of its own in any case. */
  readonly takesBatches: boolean
  readonly bare: string
  readonly origin: string
}

export const sinkCases: Readonly<Record<SinkName, SinkCase>> = {
  postgres: {
    unit: 'rows',
    service: 'postgres',
    inFlight: 1,
    payloads: 40_000,
    takesBatches: true,
    bare: 'pg: one INSERT per batch, VALUES up to 100 rows, unnest above',
    origin: 'pg: one INSERT per row',
  },
  mongo: {
    unit: 'documents',
    service: 'mongo',
    inFlight: 4,
    payloads: 10_000,
    takesBatches: true,
    bare: 'mongodb: one unordered insertMany per batch',
    origin: 'mongodb: one insertOne per document',
  },
  redis: {
    unit: 'commands',
    service: 'redis',
    inFlight: 1,
    payloads: 100_000,
    takesBatches: true,
    bare: 'ioredis: one pipeline per batch',
    origin: 'ioredis: one SET after the other',
  },
  http: {
    unit: 'requests',
    service: 'http',
    inFlight: 4,
    payloads: 8_000,
    takesBatches: false,
    bare: 'undici: pool of 8 connections, all requests of a batch at once',
    origin: 'undici: one request after the other',
  },
  kafka: {
    unit: 'records',
    service: 'kafka',
    inFlight: 1,
    payloads: 50_000,
    takesBatches: true,
    bare: 'kafkajs: one producer.send per batch',
    origin: 'kafkajs: one producer.send per record',
  },
  file: {
    unit: 'lines',
    service: null,
    inFlight: 1,
    payloads: 200_000,
    takesBatches: true,
    bare: 'node:fs: one append of the joined lines per batch to a file that stays open',
    origin: 'node:fs: appendFile per line',
  },
}

/** Part of `payloads` that is enough at small batches, which are slower. At least one batch. */
export function payloadsAt(payloads: number, batch: number): number {
  const part = batch >= 100 ? 1 : batch >= 10 ? 3 : 10
  return Math.max(batch, Math.ceil(payloads / part))
}

/** Of the origin's way, whose rate needs fewer. */
export function originPayloads(payloads: number): number {
  return Math.ceil(payloads / 10)
}

/** Before the measured ones, in the same process, so that its code is compiled and its connections are open. */
export function warmUpPayloads(payloads: number): number {
  return Math.ceil(payloads / 5)
}
