/**
 * A codec whose package is loaded with the first batch that needs it. Native packages may be missing on a platform;
 * nobody who does not use the codec should notice.
 */
import { CodecError, type Codec, type CodecName } from './codec.ts'

/** The two directions on plain bytes. */
export interface Compressor {
  compress(data: Buffer): Promise<Buffer>
  decompress(data: Buffer): Promise<Buffer>
}

export interface LazyCodecOptions {
  readonly codec: CodecName
  readonly packageName: string
  readonly load: () => Promise<Compressor>
}

/** Rejects with a `CodecError` only. A failed load is tried again with the next batch. */
export function lazyCodec(options: LazyCodecOptions): Codec {
  let loading: Promise<Compressor> | null = null
  const compressor = (): Promise<Compressor> => {
    loading ??= options.load().catch((error: unknown) => {
      loading = null
      throw new CodecError({
        codec: options.codec,
        reason: 'missing',
        packageName: options.packageName,
        message: `${options.codec} needs the package ${options.packageName}, which cannot be loaded: ${text(error)}`,
      })
    })
    return loading
  }
  const run = async (direction: 'compress' | 'decompress', data: Buffer): Promise<Buffer> => {
    const loaded = await compressor()
    try {
      return await loaded[direction](data)
    } catch (error) {
      const message = `${options.codec} cannot ${direction} ${data.length} bytes (${options.packageName}): ${text(error)}`
      throw new CodecError({ codec: options.codec, reason: 'failed', packageName: options.packageName, message })
    }
  }
  return { compress: (encoder) => run('compress', encoder.buffer), decompress: (compressed) => run('decompress', compressed) }
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
