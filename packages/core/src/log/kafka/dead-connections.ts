/**
 * Ends connections on which nothing is answered. kafkajs gives up a request after its time limit and sends the next one over the
 * same connection, which may be dead without the operating system knowing: cut by a firewall, or a broker that hangs. The
 * client would then stand still until the keep-alive of the system ends it, some fifteen minutes later.
 */
import type { Socket } from 'node:net'

import { openWholeFrameSocket } from '@drakkar/kafka-codecs'
import type { ISocketFactory, KafkaConfig, RequestTimeoutEvent } from 'kafkajs'

export interface WatchedConnections {
  /** The configuration with a socket factory that remembers its sockets. */
  readonly config: KafkaConfig
  /** For `REQUEST_TIMEOUT` of the client: ends its connections to that broker; kafkajs opens new ones. */
  readonly onRequestTimeout: (event: RequestTimeoutEvent) => void
}

/** One client's connections. A `socketFactory` of the configuration is kept and called. */
export function watchConnections(config: KafkaConfig): WatchedConnections {
  const open = config.socketFactory ?? openWholeFrameSocket
  const sockets = new Map<string, Set<Socket>>()
  const socketFactory: ISocketFactory = (options) => {
    const socket = open(options)
    const broker = `${options.host}:${options.port}`
    const known = sockets.get(broker) ?? new Set()
    sockets.set(broker, known.add(socket))
    socket.once('close', () => known.delete(socket))
    return socket
  }
  const drop = (broker: string): void => {
    const silent = Object.assign(new Error(`${broker} does not answer`), { code: 'ETIMEDOUT' })
    for (const socket of sockets.get(broker) ?? []) socket.destroy(silent)
  }
  return {
    config: { ...config, socketFactory },
    onRequestTimeout: ({ payload }) => drop(payload.broker),
  }
}
