/** Details of a TLS connection. */
import { readFile } from 'node:fs/promises'
import type { ConnectionOptions } from 'node:tls'
import { secret, SinkError } from '@drakkar/plugin-sdk'
import { Type, type Static } from 'typebox'

/** Same keys as `kafka.tls`. */
export const TlsConfig = Type.Object(
  {
    ca_file: Type.String({ default: '', description: 'PEM file with the certificate authorities to trust. Empty: those of Node.' }),
    cert_file: Type.String({ default: '', description: 'PEM file with the client certificate. Empty: none.' }),
    key_file: Type.String({ default: '', description: 'PEM file with the private key of the client certificate.' }),
    passphrase: secret({ default: '', description: 'Passphrase of the private key.' }),
    server_name: Type.String({ default: '', description: 'Name expected in the certificate of the server. Empty: its host name.' }),
    reject_unauthorized: Type.Boolean({ default: true, description: 'False accepts any certificate. Never do this in production.' }),
  },
  { additionalProperties: false, description: 'Details of the TLS connection.' },
)
export type TlsConfig = Static<typeof TlsConfig>

export type TlsOptions = Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'passphrase' | 'servername' | 'rejectUnauthorized'>

/** Options of `tls.connect`, with the files read. Rejects with a permanent `SinkError` naming a file that cannot be read. */
export async function readTls(settings: TlsConfig | null): Promise<TlsOptions> {
  if (settings === null) return {}
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

/** For servers that payloads name: whom to trust, but no certificate of ours, no name, and no trust in everybody. */
export function forOtherServers({ ca }: TlsOptions): TlsOptions {
  return ca === undefined ? {} : { ca }
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const message = `The TLS file ${JSON.stringify(path)} cannot be read`
    throw new SinkError({ kind: 'permanent', code: 'DRK_SINK_CONNECT_FAILED', message, cause })
  }
}
