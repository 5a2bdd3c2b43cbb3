/** Makes snappy, lz4 and zstd known to kafkajs, which itself brings only gzip and ends the consumer on any other. */
import kafkajs from 'kafkajs'

import { lz4Codec } from './lz4.ts'
import { snappyCodec } from './snappy.ts'
import { zstdCodec } from './zstd.ts'

const { CompressionCodecs, CompressionTypes } = kafkajs

/** Registers the three codecs for every kafkajs client of this process. Any number of times. */
export function registerCodecs(): void {
  CompressionCodecs[CompressionTypes.Snappy] = () => snappyCodec
  CompressionCodecs[CompressionTypes.LZ4] = () => lz4Codec
  CompressionCodecs[CompressionTypes.ZSTD] = () => zstdCodec
}
