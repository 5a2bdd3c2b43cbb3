/**
 * Zstandard: Node's own where it has it (22.15 and later), else WebAssembly, which copies its results slowly (some
 * 5–10 MB/s).
 */
import { promisify } from 'node:util'
import * as zlib from 'node:zlib'

import { lazyCodec, type Compressor } from './lazy-codec.ts'

type Transform = (data: Buffer, callback: (error: Error | null, result: Buffer) => void) => void

/** Largest batch that is unpacked when its size is not written in the frame. */
const largestBytes = 512 * 1024 * 1024
const ratio = 64
const smallestBytes = 1024 * 1024

export const zstdCodec = lazyCodec({
  codec: 'zstd',
  packageName: '@hpcc-js/wasm-zstd',
  load: async () => nodeZstd(zlib) ?? (await wasmZstd()),
})

/** Node's own implementation, or null. The names are looked up because the oldest supported Node lacks them. */
export function nodeZstd(module: object): Compressor | null {
  const compress = member(module, 'zstdCompress')
  const decompress = member(module, 'zstdDecompress')
  if (compress === null || decompress === null) return null
  return { compress: promisify(compress), decompress: promisify(decompress) }
}

function member(module: object, name: string): Transform | null {
  const value: unknown = Reflect.get(module, name)
  return typeof value === 'function' ? (data, callback) => void Reflect.apply(value, module, [data, callback]) : null
}

export async function wasmZstd(): Promise<Compressor> {
  const { Zstd } = await import('@hpcc-js/wasm-zstd')
  const zstd = await Zstd.load()
  return {
    compress: async (data) => Buffer.from(zstd.compress(data)),
    decompress: async (data) => {
      if (!data.subarray(0, 4).equals(frameMagic)) throw new Error('this is not a zstd frame')
      // The package's decompress() guesses a buffer when the size is unknown and fails when the guess is too small.
      return hasContentSize(data) ? Buffer.from(zstd.decompress(data)) : growing(zstd, data)
    },
  }
}

const frameMagic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])

/** Whether the frame header says how large the content is (RFC 8878, 3.1.1.1). A stream's writer usually cannot know. */
export function hasContentSize(data: Buffer): boolean {
  const descriptor = data[4] ?? 0
  const sizeFlag = descriptor >> 6
  const singleSegment = (descriptor & 0x20) !== 0
  return sizeFlag !== 0 || singleSegment
}

interface StreamingZstd {
  reset(): void
  decompressChunk(data: Uint8Array, outputSize: number): Uint8Array
}

/** The content when it fits with room to spare; a full buffer means that there may be more. */
function growing(zstd: StreamingZstd, data: Buffer): Buffer {
  for (let size = Math.max(smallestBytes, data.length * ratio); size <= largestBytes; size *= 4) {
    zstd.reset()
    const result = zstd.decompressChunk(data, size)
    if (result.length > size) throw new Error('the frame is damaged')
    if (result.length < size) return Buffer.from(result)
  }
  throw new Error(`the content is larger than ${largestBytes} bytes`)
}
