import { Socket } from 'node:net'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { wholeFrames } from './whole-frames.ts'

function frame(content: Uint8Array): Buffer {
  const size = Buffer.alloc(4)
  size.writeInt32BE(content.length)
  return Buffer.concat([size, content])
}

function received(chunks: readonly Buffer[]): Buffer[] {
  const socket = wholeFrames(new Socket())
  const seen: Buffer[] = []
  socket.on('data', (data: Buffer) => seen.push(data))
  for (const chunk of chunks) socket.emit('data', chunk)
  return seen
}

/** The answers in the data; throws when it ends within one. */
function answersIn(data: Buffer): Buffer[] {
  if (data.length === 0) return []
  const end = 4 + data.readInt32BE(0)
  if (end > data.length) throw new RangeError('half an answer')
  return [data.subarray(4, end), ...answersIn(data.subarray(end))]
}

it('hands over every answer once, in order and whole, however the network cuts them; of the last one nothing before its end', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 60 }),
      fc.nat(8),
      (contents, cuts, missing) => {
        const stream = Buffer.concat(contents.map(frame))
        const arrived = stream.subarray(0, Math.max(0, stream.length - missing))
        const answers = received(cutUp(arrived, cuts)).flatMap(answersIn)
        expect(answers).toEqual(wholeOnes(contents, arrived.length))
      },
    ),
  )
})

function cutUp(data: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = []
  for (let at = 0, turn = 0; at < data.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1
    chunks.push(data.subarray(at, at + size))
    at += size
  }
  return chunks
}

function wholeOnes(contents: readonly Uint8Array[], bytes: number): Buffer[] {
  let left = bytes
  return contents.flatMap((content) => {
    left -= 4 + content.length
    return left >= 0 ? [Buffer.from(content)] : []
  })
}

it('lets everything else pass', () => {
  const socket = wholeFrames(new Socket())
  const seen: unknown[] = []
  socket.on('end', () => seen.push('end'))
  socket.on('error', (error) => seen.push(error.message))
  socket.emit('end')
  socket.emit('error', new Error('lost'))
  expect(seen).toEqual(['end', 'lost'])
})
