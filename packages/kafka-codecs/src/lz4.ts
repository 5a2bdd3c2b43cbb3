/** LZ4 in the frame format, which is what Kafka's record batches of format 2 hold. */
import { lazyCodec } from './lazy-codec.ts'

export const lz4Codec = lazyCodec({
  codec: 'lz4',
  packageName: 'lz4-napi',
  async load() {
    const { compressFrame, decompressFrame } = await import('lz4-napi')
    return { compress: (data) => compressFrame(data), decompress: (data) => decompressFrame(data) }
  },
})
