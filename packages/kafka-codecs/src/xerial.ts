/**
 * The framing Java's snappy streams put around blocks: a 16-byte header, then blocks with a 4-byte length each.
 * librdkafka writes the bare block, so both are read; Java reads only the framing from a stream, so that is written.
 */
const magic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const headerLength = 16
const lengthBytes = 4
/** As Java's default: readers allocate one block at a time. */
const blockBytes = 32 * 1024

/** The blocks inside the framing, or the data itself when there is none. Throws on a truncated block. */
export function unframe(data: Buffer): readonly Buffer[] {
  if (data.length < headerLength || !data.subarray(0, magic.length).equals(magic)) return [data]
  const blocks: Buffer[] = []
  let position = headerLength
  while (position < data.length) {
    if (position + lengthBytes > data.length) throw new Error('a snappy block is cut off')
    const start = position + lengthBytes
    const end = start + data.readUInt32BE(position)
    if (end > data.length) throw new Error('a snappy block is cut off')
    blocks.push(data.subarray(start, end))
    position = end
  }
  return blocks
}

/** Pieces to compress, each no larger than a block. Nothing gives no piece. */
export function pieces(data: Buffer): readonly Buffer[] {
  const result: Buffer[] = []
  for (let start = 0; start < data.length; start += blockBytes) result.push(data.subarray(start, start + blockBytes))
  return result
}

export function frame(blocks: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(headerLength)
  magic.copy(header)
  header.writeInt32BE(1, 8)
  header.writeInt32BE(1, 12)
  const parts = blocks.flatMap((block) => {
    const length = Buffer.alloc(lengthBytes)
    length.writeUInt32BE(block.length)
    return [length, block]
  })
  return Buffer.concat([header, ...parts])
}
