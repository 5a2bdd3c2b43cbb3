/** Snappy as Kafka uses it. Reads plain blocks and Xerial framing, writes Xerial framing. */
import { lazyCodec } from './lazy-codec.ts'
import { frame, pieces, unframe } from './xerial.ts'

export const snappyCodec = lazyCodec({
  codec: 'snappy',
  packageName: 'snappy',
  async load() {
    const { compress, uncompress } = await import('snappy')
    // copyOutputData: memory outside the V8 heap is otherwise invisible to the garbage collector's accounting.
    const options = { copyOutputData: true }
    return {
      compress: async (data) => frame(await Promise.all(pieces(data).map((piece) => compress(piece, options)))),
      decompress: async (data) => {
        const blocks = await Promise.all(unframe(data).map((block) => uncompress(block, { ...options, asBuffer: true })))
        return Buffer.concat(blocks.map((block) => Buffer.from(block)))
      },
    }
  },
})
