/** What kafkajs asks of a codec. */

/** kafkajs hands its encoder over; only the bytes matter. */
export interface RecordEncoder {
  readonly buffer: Buffer
}

export interface Codec {
  compress(encoder: RecordEncoder): Promise<Buffer>
  decompress(compressed: Buffer): Promise<Buffer>
}

export type CodecName = 'snappy' | 'lz4' | 'zstd'

/**
 * A codec cannot be used: its package is missing or broken, or the data is damaged. `retriable` is read by kafkajs:
 * without it a consumer would try the same batch again and again.
 */
export class CodecError extends Error {
  readonly retriable = false
  readonly codec: CodecName
  /** `missing`: install `packageName`. `failed`: the data cannot be compressed or decompressed. */
  readonly reason: 'missing' | 'failed'
  readonly packageName: string

  constructor(options: { codec: CodecName; reason: 'missing' | 'failed'; packageName: string; message: string }) {
    super(options.message)
    this.name = 'CodecError'
    this.codec = options.codec
    this.reason = options.reason
    this.packageName = options.packageName
  }

  /** Also true for an error of another installed copy of this package. */
  static isInstance(value: unknown): value is CodecError {
    return value instanceof Error && value.name === 'CodecError' && 'packageName' in value && 'codec' in value
  }
}
