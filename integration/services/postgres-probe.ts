/** Greets a PostgreSQL server: an open port alone does not mean that it serves. */
import { connect } from 'node:net'

const answerWithinMs = 2000
const protocolVersion = 3 << 16
const startingUp = 'C57P03'

/** True when the server goes on with the login, or refuses this one for a reason that will not pass. */
export async function postgresAnswers(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port || 5432) })
  try {
    return await new Promise<boolean>((resolve) => {
      socket.setTimeout(answerWithinMs, () => resolve(false))
      socket.once('error', () => resolve(false))
      socket.once('close', () => resolve(false))
      socket.once('data', (answer) => resolve(!answer.includes(startingUp)))
      socket.write(startupMessage())
    })
  } finally {
    socket.destroy()
  }
}

function startupMessage(): Buffer {
  const parameters = Buffer.from('user\0postgres\0database\0postgres\0\0')
  const head = Buffer.alloc(8)
  head.writeInt32BE(head.length + parameters.length, 0)
  head.writeInt32BE(protocolVersion, 4)
  return Buffer.concat([head, parameters])
}
