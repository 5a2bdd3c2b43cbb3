/** From the `kafka` section of the configuration to what kafkajs wants. All names and defaults of kafkajs end here. */
import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'

import { LogError } from '@drakkar/plugin-sdk/log'
import { errorMessage, type Logger } from '@drakkar/plugin-sdk'
import kafkajs from 'kafkajs'
import type { KafkaConfig, RetryOptions, SASLOptions } from 'kafkajs'

import { kafkajsLogCreator } from './kafkajs-logger.ts'

export interface KafkaTls {
  readonly ca_file?: string
  readonly cert_file?: string
  readonly key_file?: string
  readonly passphrase?: string
  readonly server_name?: string
  readonly reject_unauthorized?: boolean
}

export interface KafkaSasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
  readonly username: string
  readonly password: string
}

/** The keys of the `kafka` section this adapter reads, with the wire names and defaults of that section. */
export interface KafkaSettings {
  /** `host:port`, separated by commas. */
  readonly brokers: string
  /** Default 300 000. The group waits this long for a member that has not joined again. */
  readonly max_poll_interval_ms?: number
  /** Default 10 000. */
  readonly session_timeout_ms?: number
  /** Default 400. */
  readonly heartbeat_interval_ms?: number
  /** Default 64 MiB. Bounds one fetch; the queues behind the listener are bounded by whoever pauses. */
  readonly max_buffered_bytes?: number
  /** Default false. */
  readonly tls?: boolean | KafkaTls
  readonly sasl?: KafkaSasl | null
  /** Handed to kafkajs as they are; they win over everything but `brokers` and the logger. */
  readonly client_options?: Readonly<Record<string, unknown>>
}

export interface ClientIdentity {
  readonly clientId: string
  readonly logger: Logger
}

/** A group member sits out five minutes without a broker; after that kafkajs leaves the group and joins anew. */
export const memberRetry: RetryOptions = { initialRetryTime: 100, multiplier: 1.2, maxRetryTime: 1000, retries: 300 }
/** kafkajs counts the hiccups of its fetch loop from the last join on, for days if need be: they must not add up. */
export const loopRetry: RetryOptions = { ...memberRetry, retries: Number.MAX_SAFE_INTEGER }
/** A single request gives up after some seconds: its caller decides what happens then. */
export const requestRetry: RetryOptions = { initialRetryTime: 100, multiplier: 1.6, maxRetryTime: 500, retries: 4 }

const connectionTimeoutMs = 3000
const urgentHeartbeatMs = 100
/** Partitions that are added to the topic are noticed within this time. kafkajs would take five minutes. */
const metadataMaxAgeMs = 30_000

/** `a:1, b` → `['a:1', 'b:9092']`. Throws a permanent `LogError` when nothing is named. */
export function parseBrokers(brokers: string): string[] {
  const names = brokers
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  if (names.length === 0) throw new LogError({ kind: 'permanent', message: 'kafka.brokers names no broker' })
  return names.map((name) => (/:\d+$/.test(name) ? name : `${name}:9092`))
}

export function clientConfig(settings: KafkaSettings, identity: ClientIdentity, retry: RetryOptions): KafkaConfig {
  const ssl = tlsOptions(settings.tls ?? false, (file) => readFileSync(file))
  const sasl = settings.sasl ?? null
  return {
    clientId: identity.clientId,
    connectionTimeout: connectionTimeoutMs,
    retry,
    ...(ssl === false ? {} : { ssl }),
    ...(sasl === null ? {} : { sasl: saslOptions(sasl) }),
    ...settings.client_options,
    brokers: parseBrokers(settings.brokers),
    logLevel: kafkajs.logLevel.WARN,
    logCreator: kafkajsLogCreator(identity.logger),
  }
}

/** False: no TLS. Throws a permanent `LogError` naming the file that cannot be read. */
export function tlsOptions(tls: boolean | KafkaTls, readFile: (file: string) => Buffer): boolean | ConnectionOptions {
  if (typeof tls === 'boolean') return tls
  const read = (key: 'ca_file' | 'cert_file' | 'key_file'): Buffer | undefined => {
    const file = tls[key]
    if (!file) return undefined
    try {
      return readFile(file)
    } catch (cause) {
      throw new LogError({ kind: 'permanent', message: `kafka.tls.${key}: ${errorMessage(cause)}`, cause })
    }
  }
  const [ca, cert, key] = [read('ca_file'), read('cert_file'), read('key_file')]
  return {
    ...(ca ? { ca } : {}),
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
    ...(tls.passphrase ? { passphrase: tls.passphrase } : {}),
    ...(tls.server_name ? { servername: tls.server_name } : {}),
    rejectUnauthorized: tls.reject_unauthorized ?? true,
  }
}

function saslOptions(sasl: KafkaSasl): SASLOptions {
  const { username, password } = sasl
  switch (sasl.mechanism) {
    case 'plain':
      return { mechanism: 'plain', username, password }
    case 'scram-sha-256':
      return { mechanism: 'scram-sha-256', username, password }
    case 'scram-sha-512':
      return { mechanism: 'scram-sha-512', username, password }
  }
}

/** How often a member tells the group that it lives. */
export function heartbeatIntervalMs(settings: KafkaSettings): number {
  return settings.heartbeat_interval_ms ?? 400
}

/** How a group member fetches: small, because kept records are slices of the whole response and pin it. */
export function consumerConfig(settings: KafkaSettings) {
  const largestFetchBytes = 1024 * 1024
  return {
    sessionTimeout: settings.session_timeout_ms ?? 10_000,
    // How often kafkajs may ask; `group-session.ts` sends fewer, unless it is urgent.
    heartbeatInterval: Math.min(urgentHeartbeatMs, heartbeatIntervalMs(settings)),
    rebalanceTimeout: settings.max_poll_interval_ms ?? 300_000,
    // A stop waits for the fetch that is under way, and with every partition paused kafkajs sleeps this long.
    maxWaitTimeInMs: 250,
    maxBytesPerPartition: 64 * 1024,
    maxBytes: Math.min(largestFetchBytes, settings.max_buffered_bytes ?? largestFetchBytes),
    metadataMaxAge: metadataMaxAgeMs,
    allowAutoTopicCreation: false,
  }
}
