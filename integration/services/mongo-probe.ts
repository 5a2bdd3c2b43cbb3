/** Greets a server of the MongoDB protocol: an open port alone does not mean that it serves. */
import { connect } from 'node:net'

const answerWithinMs = 2000
const messageOperation = 2013

/** True when the server answers `hello` and takes writes. */
export async function mongoAnswers(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port === '' ? 27_017 : port) })
  try {
    return await new Promise<boolean>((resolve) => {
      socket.setTimeout(answerWithinMs, () => resolve(false))
      socket.once('error', () => resolve(false))
      socket.once('close', () => resolve(false))
      // A boolean field of BSON: type 8, name, value 1.
      socket.once('data', (answer) => resolve(answer.includes('\x08isWritablePrimary\0\x01')))
      socket.write(helloMessage())
    })
  } finally {
    socket.destroy()
  }
}

/** `{ hello: 1, $db: 'admin' }` as OP_MSG. */
function helloMessage(): Buffer {
  const fields = Buffer.concat([Buffer.from('\x10hello\0'), int32(1), Buffer.from('\x02$db\0'), int32(6), Buffer.from('admin\0\0')])
  const body = Buffer.concat([int32(0), Buffer.from([0]), int32(fields.length + 4), fields])
  return Buffer.concat([int32(body.length + 16), int32(1), int32(0), int32(messageOperation), body])
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return bytes
}
