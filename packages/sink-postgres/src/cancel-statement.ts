/**
 * Asks the server to cancel what a connection runs. A server that waits for a lock does not notice that its client has gone,
 * and aborted calls would pile up connections. Best effort: the transaction is never committed in either case.
 */
import type { Socket } from 'node:net'
import type { Logger } from '@drakkar/plugin-sdk'
import type { PoolClient } from 'pg'

const cancelRequestCode = 80_877_102
const requestBytes = 16
const timeoutMs = 5000

export interface CancelOptions {
  readonly logger: Logger
  readonly createSocket: () => Socket
}

/** The request goes in clear also where the connection has TLS: its secret is worth nothing, as the connection is being closed. */
export function cancelStatement(client: PoolClient, { logger, createSocket }: CancelOptions): void {
  const request = cancelRequest(Reflect.get(client, 'processID'), Reflect.get(client, 'secretKey'))
  if (request === null) return
  const socket = createSocket()
  socket.setTimeout(timeoutMs, () => socket.destroy())
  socket.once('error', () => logger.debug('postgres_sink_cancel_error'))
  socket.once('connect', () => socket.end(request))
  socket.resume()
  const host = String(Reflect.get(client, 'host'))
  const port = Number(Reflect.get(client, 'port'))
  if (host.startsWith('/')) socket.connect(`${host}/.s.PGSQL.${port}`)
  else socket.connect(port, host)
}

/** Null when the server gave no key, or one this form of the request cannot hold. */
export function cancelRequest(processId: unknown, secretKey: unknown): Buffer | null {
  if (typeof processId !== 'number' || typeof secretKey !== 'number') return null
  const request = Buffer.alloc(requestBytes)
  request.writeInt32BE(requestBytes, 0)
  request.writeInt32BE(cancelRequestCode, 4)
  request.writeInt32BE(processId | 0, 8)
  request.writeInt32BE(secretKey | 0, 12)
  return request
}
