import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import kafkajs from 'kafkajs'
import { describe, expect, it } from 'vitest'

import { CodecError, type Codec } from './codec.ts'
import { lazyCodec } from './lazy-codec.ts'
import { lz4Codec } from './lz4.ts'
import { registerCodecs } from './register-codecs.ts'
import { snappyCodec } from './snappy.ts'
import { frame, pieces, unframe } from './xerial.ts'
import { hasContentSize, nodeZstd, wasmZstd, zstdCodec } from './zstd.ts'

const codecs = { snappy: snappyCodec, lz4: lz4Codec, zstd: zstdCodec }
const samples = {
  nothing: Buffer.alloc(0),
  'one byte': Buffer.from([7]),
  text: Buffer.from('the quick brown fox '.repeat(500)),
  'more than a block, incompressible': randomBytes(100_000),
  'highly compressible': Buffer.alloc(3_000_000, 'a'),
}

async function roundTrip(codec: Codec, data: Buffer): Promise<Buffer> {
  return codec.decompress(await codec.compress({ buffer: data }))
}

describe.each(Object.entries(codecs))('%s', (name, codec) => {
  it.each(Object.entries(samples))('gives back %s', async (_, data) => {
    expect((await roundTrip(codec, data)).equals(data)).toBe(true)
  })

  it('gives back any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (bytes) => {
        expect([...(await roundTrip(codec, Buffer.from(bytes)))]).toEqual([...bytes])
      }),
      { numRuns: 50 },
    )
  })

  it('refuses damaged data with an error that names the codec and is not retried by kafkajs', async () => {
    const compressed = await codec.compress({ buffer: samples.text })
    const cut = compressed.subarray(0, compressed.length - 20)
    const error: unknown = await codec.decompress(cut).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(CodecError)
    expect(error).toMatchObject({ retriable: false, reason: 'failed', codec: name })
  })
})

describe('snappy framing', () => {
  it('reads a bare block, as librdkafka writes it', async () => {
    const { compressSync } = await import('snappy')
    expect(await snappyCodec.decompress(compressSync(samples.text))).toEqual(samples.text)
  })

  it('writes what Java reads: magic, version 1, then blocks of at most 32 KiB', async () => {
    const compressed = await snappyCodec.compress({ buffer: samples['more than a block, incompressible'] })
    expect(compressed.subarray(0, 16).toString('hex')).toBe('82534e41505059000000000100000001')
    expect(unframe(compressed)).toHaveLength(4)
  })

  it('unframes what it framed', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (blocks) => {
        const buffers = blocks.map((block) => Buffer.from(block))
        expect(unframe(frame(buffers)).map((block) => [...block])).toEqual(blocks.map((block) => [...block]))
      }),
    )
  })

  it('cuts into pieces that make the whole', () => {
    const data = samples['more than a block, incompressible']
    expect(Buffer.concat(pieces(data)).equals(data)).toBe(true)
    expect(pieces(Buffer.alloc(0))).toEqual([])
  })
})

describe('zstd', () => {
  it('unpacks a frame that does not say its size, however well it is compressed', async () => {
    const { Zstd } = await import('@hpcc-js/wasm-zstd')
    const zstd = await Zstd.load()
    const data = samples['highly compressible']
    zstd.reset()
    const streamed = Buffer.concat([zstd.compressChunk(data), zstd.compressEnd()])
    expect(hasContentSize(streamed)).toBe(false)
    const wasm = await wasmZstd()
    expect((await wasm.decompress(streamed)).equals(data)).toBe(true)
    // Compressed about 1:10,000, so larger than the first guess of either the package or this codec.
    const huge = Buffer.alloc(6_000_000, 'b')
    zstd.reset()
    const packed = Buffer.concat([zstd.compressChunk(huge), zstd.compressEnd()])
    expect((await wasm.decompress(packed)).equals(huge)).toBe(true)
  })

  it("uses Node's own when there is one", async () => {
    const calls: string[] = []
    const fake = {
      zstdCompress: (data: Buffer, callback: (error: null, result: Buffer) => void) => (calls.push('compress'), callback(null, data)),
      zstdDecompress: (data: Buffer, callback: (error: null, result: Buffer) => void) => (calls.push('decompress'), callback(null, data)),
    }
    const own = nodeZstd(fake)
    await own?.decompress((await own.compress(Buffer.from('x'))) ?? Buffer.alloc(0))
    expect(calls).toEqual(['compress', 'decompress'])
    expect(nodeZstd({})).toBeNull()
  })
})

describe('a codec whose package cannot be loaded', () => {
  it('says which package is missing, and works once it is there', async () => {
    let installed = false
    const identity = { compress: async (data: Buffer) => data, decompress: async (data: Buffer) => data }
    const load = () => (installed ? Promise.resolve(identity) : Promise.reject(new Error("Cannot find package 'lz4-napi'")))
    const codec = lazyCodec({ codec: 'lz4', packageName: 'lz4-napi', load })
    const error: unknown = await codec.decompress(Buffer.from('x')).catch((caught: unknown) => caught)
    expect(CodecError.isInstance(error)).toBe(true)
    expect(error).toMatchObject({ reason: 'missing', packageName: 'lz4-napi', retriable: false })
    expect(String(error)).toContain('lz4-napi')
    installed = true
    expect(await codec.decompress(Buffer.from('x'))).toEqual(Buffer.from('x'))
  })
})

describe('registerCodecs', () => {
  it('makes the codecs known to kafkajs, any number of times', () => {
    registerCodecs()
    registerCodecs()
    const { CompressionCodecs, CompressionTypes } = kafkajs
    expect(CompressionCodecs[CompressionTypes.Snappy]()).toBe(snappyCodec)
    expect(CompressionCodecs[CompressionTypes.LZ4]()).toBe(lz4Codec)
    expect(CompressionCodecs[CompressionTypes.ZSTD]()).toBe(zstdCodec)
  })
})
