/** Asks a Kafka broker for its ApiVersions: an open port alone does not mean that it serves. */
import { connect } from 'node:net'

// length 10, ApiVersions (18) version 0, correlation id 1, no client id
const request = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff])
const answerWithinMs = 2000

export async function kafkaAnswers(url: string): Promise<boolean> {
  const [host = '127.0.0.1', port = '9092'] = url.split(':')
  const socket = connect({ host, port: Number(port) })
  try {
    return await new Promise<boolean>((resolve) => {
      socket.setTimeout(answerWithinMs, () => resolve(false))
      socket.once('error', () => resolve(false))
      socket.once('close', () => resolve(false))
      socket.once('data', () => resolve(true))
      socket.write(request)
    })
  } finally {
    socket.destroy()
  }
}
