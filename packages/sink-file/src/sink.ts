/** The sink behind both types: check every path, then append, then answer each payload. */
import {
  BaseSink,
  failure,
  ok,
  SinkError,
  type CallOptions,
  type DeliverCall,
  type DeliverResult,
  type DeliveryItem,
  type SinkContext,
  type WireForm,
} from '@drakkar/plugin-sdk'
import { classifyAppendError, classifyFileError } from './classify-error.ts'
import type { FsyncPolicy } from './config.ts'
import { OpenFiles } from './open-files.ts'
import { placeLines, type Placement } from './place-lines.ts'
import { groupByFile, lineBytes, type FileAppend } from './request.ts'
import type { Base } from './resolve-target.ts'
import type { Rotation } from './rotate.ts'
import { SerialQueue } from './serial-queue.ts'

export interface FileSinkOptions<P> extends Placement<P> {
  readonly context: SinkContext
  readonly fsync: FsyncPolicy
  readonly rotation: Rotation | null
  /** Proves that the target is usable and finds the base. Run by `connect` and `check`. */
  readonly prepare: () => Promise<Base>
  /** Files kept open. Default 64. */
  readonly openFileLimit?: number
}

export class FileSink<P> extends BaseSink<P> {
  readonly #options: FileSinkOptions<P>
  readonly #files: OpenFiles
  /** All work on files: deliveries, barriers and the close must not meet in one file. */
  readonly #queue = new SerialQueue()
  #base: Base | undefined
  /** Present with `fsync: batch` only: the other policies leave nothing for a barrier to do. */
  readonly flush?: (call: CallOptions) => Promise<void>

  constructor(options: FileSinkOptions<P>) {
    super(options.context)
    this.#options = options
    const { client, fsync, rotation, openFileLimit: limit = 64 } = options
    this.#files = new OpenFiles({ client, fsync, rotation, limit })
    if (options.fsync === 'batch') this.flush = ({ signal }) => this.#queue.run(() => this.#files.sync(), signal)
  }

  async check(): Promise<void> {
    await this.#prepare()
  }

  orderingKey(payload: P): string {
    return this.#options.orderingKeyOf(payload)
  }

  /** The line with its line end, as it is appended. */
  encode(payload: P): WireForm {
    return { body: lineBytes(this.#options.lineOf(payload)) }
  }

  protected async open(): Promise<void> {
    this.#base = await this.#prepare()
  }

  protected write(batch: readonly DeliveryItem<P>[], call: DeliverCall): Promise<DeliverResult> {
    return this.#queue.run(() => this.#append(batch, call), call.signal)
  }

  protected release(): Promise<void> {
    return this.#queue.run(() => this.#files.close())
  }

  async #prepare(): Promise<Base> {
    try {
      return await this.#options.prepare()
    } catch (error) {
      const { kind, message } = classifyFileError(error)
      throw new SinkError({ kind, code: 'DRK_SINK_CONNECT_FAILED', message, cause: error })
    }
  }

  async #append(batch: readonly DeliveryItem<P>[], { signal }: DeliverCall): Promise<DeliverResult> {
    this.assertConnected()
    const base = this.#base ?? (await this.#prepare())
    const { placed, refused } = await placeLines(this.#options, base, batch)
    const responses = [...refused]
    let hasFailed = refused.length > 0
    for (const append of groupByFile(placed)) {
      const error = signal.aborted ? aborted() : await appendError(this.#files, append)
      hasFailed ||= error !== null
      for (const id of append.ids) responses.push(error === null ? ok(id) : failure(id, error))
    }
    return hasFailed ? responses : undefined
  }
}

async function appendError(files: OpenFiles, { target, bytes }: FileAppend): Promise<SinkError | null> {
  try {
    await files.append(target, bytes)
    return null
  } catch (error) {
    return classifyAppendError(error)
  }
}

function aborted(): SinkError {
  return new SinkError({ kind: 'transient', message: 'The call was aborted before this file was written' })
}
