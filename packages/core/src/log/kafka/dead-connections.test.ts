import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import kafkajs from 'kafkajs'
import { expect, it } from 'vitest'

import { watchConnections } from './dead-connections.ts'

/** Takes connections and what comes over them, and says nothing. */
async function silentBroker() {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.resume()
    socket.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    sockets,
    port: address.port,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

it('a connection on which a request got no answer is ended, and the next request opens another', async () => {
  const broker = await silentBroker()
  const connections = watchConnections({
    brokers: [`127.0.0.1:${broker.port}`],
    logLevel: kafkajs.logLevel.NOTHING,
    requestTimeout: 30,
    retry: { retries: 1, initialRetryTime: 1, maxRetryTime: 1 },
  })
  const consumer = new kafkajs.Kafka(connections.config).consumer({ groupId: 'g' })
  consumer.on(consumer.events.REQUEST_TIMEOUT, connections.onRequestTimeout)
  await expect(consumer.connect()).rejects.toThrow()
  expect(broker.sockets.length).toBeGreaterThan(1)
  const [first] = broker.sockets
  if (first !== undefined && !first.destroyed) await once(first, 'close')
  await consumer.disconnect()
  broker.close()
})

it('a factory of the configuration is used', () => {
  const opened: number[] = []
  const { config } = watchConnections({
    brokers: ['127.0.0.1:1'],
    socketFactory: ({ port }) => {
      opened.push(port)
      throw new Error('not today')
    },
  })
  expect(() => config.socketFactory?.({ host: '127.0.0.1', port: 7, ssl: {}, onConnect: () => undefined })).toThrow('not today')
  expect(opened).toEqual([7])
})
