/** What ioredis is told: where to connect to, and that the framework, not the driver, tries again. */
import { isIP } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import type { Logger } from '@drakkar/plugin-sdk'
import type { RedisOptions } from 'ioredis'
import type { RedisAddress } from './redis-url.ts'

export interface RedisClientOptions {
  readonly address: RedisAddress
  readonly tls: ConnectionOptions
  readonly responseTimeoutMs: number
  /** Shown by `CLIENT LIST`. */
  readonly connectionName: string
  readonly logger: Logger
}

const connectTimeoutMs = 5000

/** `retryStrategy`: milliseconds before an attempt to connect again; null ends the attempts. */
export function driverOptions(
  options: RedisClientOptions,
  retryStrategy: (attempt: number) => number | null,
): Omit<RedisOptions, 'replyMapping'> {
  const { address, tls, responseTimeoutMs, connectionName } = options
  const { host, port, database, username, password, isTls } = address
  return {
    host,
    port,
    db: database,
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password }),
    // Servers are told the name they were called by; an address is none.
    ...(isTls ? { tls: { ...(isIP(host) === 0 ? { servername: host } : {}), ...tls } } : {}),
    connectionName,
    connectTimeout: connectTimeoutMs,
    disconnectTimeout: 500,
    socketTimeout: responseTimeoutMs,
    lazyConnect: true,
    retryStrategy,
    // A lost connection is an error of the commands in flight; the framework decides whether to try again.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // After a failover the old master answers READONLY; the name may lead to the new one.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  }
}
