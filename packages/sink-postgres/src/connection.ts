/** What `dsn` and `tls` say about the connection, checked before anything is opened. */
import { readFile } from 'node:fs/promises'
import type { ConnectionOptions } from 'node:tls'
import { ConfigError, SinkError } from '@drakkar/plugin-sdk'
import pg from 'pg'
import type { PostgresSinkConfig } from './config.ts'

/** Throws `ConfigError` for settings that contradict each other (spec CFG-31) and for a DSN that is none. No text shows the DSN. */
export function checkConfig({ dsn, pool_min, pool_max, tls }: PostgresSinkConfig): void {
  if (pool_min > pool_max) throw invalid('pool_min', `pool_min (${pool_min}) must not be greater than pool_max (${pool_max})`)
  if (!isConnectionString(dsn)) throw invalid('dsn', 'dsn must be a URL such as postgres://user:password@host:5432/database')
  if (tls !== false && /[?&]ssl/i.test(dsn))
    throw invalid('tls', 'tls and the ssl settings of the dsn exclude each other: keep one of them')
}

/** pg would take `host=…` for the name of a database. A certificate the DSN names and that cannot be read is found by connect. */
function isConnectionString(dsn: string): boolean {
  if (/^\s*\w+\s*=/.test(dsn)) return false
  try {
    return new pg.Client({ connectionString: dsn }).host !== ''
  } catch (error) {
    return error instanceof Error && 'syscall' in error
  }
}

/** pg's `ssl`: false, true, or the certificates read from their files. */
export async function readTls(tls: PostgresSinkConfig['tls']): Promise<ConnectionOptions | boolean> {
  if (typeof tls === 'boolean') return tls
  const { ca_file, cert_file, key_file, passphrase, reject_unauthorized } = tls
  return {
    rejectUnauthorized: reject_unauthorized,
    ...(ca_file === '' ? {} : { ca: await readPem(ca_file) }),
    ...(cert_file === '' ? {} : { cert: await readPem(cert_file) }),
    ...(key_file === '' ? {} : { key: await readPem(key_file) }),
    ...(passphrase === '' ? {} : { passphrase }),
  }
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const message = `The TLS file ${JSON.stringify(path)} cannot be read`
    throw new SinkError({ kind: 'permanent', code: 'DRK_SINK_CONNECT_FAILED', message, cause })
  }
}

function invalid(path: string, message: string): ConfigError {
  return new ConfigError({ code: 'DRK_CONFIG_INVALID', message, problems: [{ path, message }] })
}
