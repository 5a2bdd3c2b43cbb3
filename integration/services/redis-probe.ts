/** Asks a Redis server for PING: while it loads its data it has an open port and refuses commands. */
import { connect } from 'node:net'

const answerWithinMs = 2000

export async function redisAnswers(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port === '' ? 6379 : port) })
  try {
    return await new Promise<boolean>((resolve) => {
      socket.setTimeout(answerWithinMs, () => resolve(false))
      socket.once('error', () => resolve(false))
      socket.once('close', () => resolve(false))
      socket.once('data', (reply) => resolve(/^(\+PONG|-NOAUTH)/.test(reply.toString())))
      socket.write('PING\r\n')
    })
  } finally {
    socket.destroy()
  }
}
