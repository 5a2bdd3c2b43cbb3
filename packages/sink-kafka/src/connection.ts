/**
 * Which cluster, and how: the sink's own `brokers` with its own `tls` and `sasl`, or all three from the source (spec KFS-2).
 */
import { readFile } from 'node:fs/promises'
import type { ConnectionOptions } from 'node:tls'
import { SinkError, type SourceConnection } from '@drakkar/plugin-sdk'
import type { SASLOptions } from 'kafkajs'
import { Value } from 'typebox/value'
import { SaslConfig, TlsConfig, type KafkaSinkConfig } from './config.ts'

export interface Connection {
  readonly brokers: readonly string[]
  readonly tls: unknown
  readonly sasl: unknown
}

/** Throws a permanent `SinkError` when neither the sink nor the source names a broker. */
export function chooseConnection(config: KafkaSinkConfig, source: SourceConnection | null): Connection {
  const own = config.brokers.split(',').map((broker) => broker.trim())
  const brokers = own.filter((broker) => broker !== '')
  if (brokers.length > 0) return { brokers, tls: config.tls, sasl: config.sasl }
  if (source !== null && source.brokers.length > 0) return source
  throw invalid('No brokers: set `brokers`, because the source of this worker is not Kafka')
}

/** kafkajs's `ssl`: false, true, or the certificates read from their files. */
export async function readTls(tls: unknown): Promise<ConnectionOptions | boolean> {
  if (typeof tls === 'boolean') return tls
  if (tls === null || tls === undefined) return false
  const settings = Value.Default(TlsConfig, structuredClone(tls))
  if (!Value.Check(TlsConfig, settings)) throw invalid('The TLS settings of the connection are not understood')
  const { ca_file, cert_file, key_file, passphrase, server_name, reject_unauthorized } = settings
  return {
    rejectUnauthorized: reject_unauthorized,
    ...(ca_file === '' ? {} : { ca: await readPem(ca_file) }),
    ...(cert_file === '' ? {} : { cert: await readPem(cert_file) }),
    ...(key_file === '' ? {} : { key: await readPem(key_file) }),
    ...(passphrase === '' ? {} : { passphrase }),
    ...(server_name === '' ? {} : { servername: server_name }),
  }
}

/** kafkajs's `sasl`, or nothing. */
export function saslOptions(sasl: unknown): SASLOptions | undefined {
  if (sasl === null || sasl === undefined) return undefined
  const settings = Value.Default(SaslConfig, structuredClone(sasl))
  if (!Value.Check(SaslConfig, settings)) throw invalid('The SASL settings of the connection are not understood')
  return settings
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw invalid(`The TLS file ${JSON.stringify(path)} cannot be read`, cause)
  }
}

function invalid(message: string, cause?: unknown): SinkError {
  return new SinkError({ kind: 'permanent', code: 'DRK_SINK_CONNECT_FAILED', message, cause })
}
