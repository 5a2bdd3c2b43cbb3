/**
 * kafkajs 2.2.4 keeps the beginning of an answer that a lost connection cut off, and puts the next connection's bytes behind it. It then
 * reads sizes where there are none: an uncaught RangeError ends the process, or a request gets another one's answer. A socket
 * that hands over whole answers only leaves nothing behind.
 */
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ISocketFactory } from 'kafkajs'

/** As kafkajs has it. */
const keepAliveMs = 60_000
/** An answer begins with the number of bytes behind that number. */
const sizeBytes = 4

/** What kafkajs does without a factory, but for the whole answers. */
export const openWholeFrameSocket: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  const servername = isIP(host) === 0 ? { servername: host } : {}
  // kafkajs declares `ssl` as always there.
  const socket = (ssl as unknown) ? connectTls({ host, port, ...servername, ...ssl }, onConnect) : connectPlain({ host, port }, onConnect)
  return wholeFrames(socket.setKeepAlive(true, keepAliveMs))
}

/** The same socket, whose `data` events begin and end with an answer. */
export function wholeFrames(socket: Socket): Socket {
  const emit = socket.emit.bind(socket)
  let chunks: Buffer[] = []
  let buffered = 0
  let needed = sizeBytes
  const take = (chunk: Buffer): boolean => {
    chunks.push(chunk)
    buffered += chunk.length
    if (buffered < needed) return true
    const data = Buffer.concat(chunks)
    const { end, next } = framesIn(data)
    chunks = end < data.length ? [data.subarray(end)] : []
    buffered = data.length - end
    needed = next
    return end === 0 || emit('data', data.subarray(0, end))
  }
  socket.emit = (event: string | symbol, ...args: unknown[]): boolean => {
    const [chunk] = args
    return event === 'data' && Buffer.isBuffer(chunk) ? take(chunk) : emit(event, ...args)
  }
  return socket
}

/** Where the last whole answer ends, and how many bytes it takes from there to have another one. */
function framesIn(data: Buffer): { readonly end: number; readonly next: number } {
  let end = 0
  while (end + sizeBytes <= data.length) {
    const length = sizeBytes + Math.max(0, data.readInt32BE(end))
    if (end + length > data.length) return { end, next: length }
    end += length
  }
  return { end, next: sizeBytes }
}
