/** The sink behind both types: check every path, then append, then answer each payload. */
import {
  failure,
  ok,
  SinkError,
  type CallOptions,
  type DeliverCall,
  type DeliveryItem,
  type Sink,
  type SinkResponse,
} from '@drakkar/plugin-sdk'
import { classifyFileError } from './classify-error.ts'
import type { FileClient } from './client.ts'
import type { FsyncPolicy } from './config.ts'
import { OpenFiles } from './open-files.ts'
import { placeLines, type Placement } from './place-lines.ts'
import { groupByFile, type FileAppend } from './request.ts'
import type { Base } from './resolve-target.ts'
import { SerialQueue } from './serial-queue.ts'

export interface FileSinkOptions<P> extends Placement<P> {
  readonly fsync: FsyncPolicy
  /** Proves that the target is usable and finds the base. Run by `connect` and `check`. */
  readonly prepare: (client: FileClient) => Promise<Base>
  /** Files kept open. Default 64. */
  readonly openFileLimit?: number
}

interface Connected {
  readonly base: Base
  readonly files: OpenFiles
}

export class FileSink<P> implements Sink<P> {
  readonly #options: FileSinkOptions<P>
  readonly #queue = new SerialQueue()
  #connected: Connected | undefined
  /** Present with `fsync: batch` only: the other policies leave nothing for a barrier to do. */
  readonly flush?: (call: CallOptions) => Promise<void>

  constructor(options: FileSinkOptions<P>) {
    this.#options = options
    if (options.fsync === 'batch') this.flush = ({ signal }) => this.#queue.run(async () => this.#connected?.files.sync(), signal)
  }

  connect({ signal }: CallOptions): Promise<void> {
    const { client, fsync, openFileLimit: limit = 64 } = this.#options
    return this.#queue.run(async () => {
      const base = await this.#prepare()
      this.#connected ??= { base, files: new OpenFiles({ client, fsync, limit }) }
    }, signal)
  }

  check({ signal }: CallOptions): Promise<void> {
    return this.#queue.run(async () => void (await this.#prepare()), signal)
  }

  deliver(batch: readonly DeliveryItem<P>[], call: DeliverCall): Promise<readonly SinkResponse[]> {
    return this.#queue.run(() => this.#deliver(batch, call), call.signal)
  }

  close({ signal }: CallOptions): Promise<void> {
    return this.#queue.run(async () => {
      const connected = this.#connected
      this.#connected = undefined
      await connected?.files.close()
    }, signal)
  }

  async #prepare(): Promise<Base> {
    try {
      return await this.#options.prepare(this.#options.client)
    } catch (error) {
      const { kind, message } = classifyFileError(error)
      throw new SinkError({ kind, code: 'DRK_SINK_CONNECT_FAILED', message, cause: error })
    }
  }

  async #deliver(batch: readonly DeliveryItem<P>[], { signal }: DeliverCall): Promise<readonly SinkResponse[]> {
    const connected = this.#connected
    if (connected === undefined) {
      throw new SinkError({ kind: 'transient', code: 'DRK_SINK_NOT_CONNECTED', message: 'The sink is not connected' })
    }
    const { placed, refused } = await placeLines(this.#options, connected.base, batch)
    const responses = [...refused]
    for (const append of groupByFile(placed)) {
      const error = signal.aborted ? aborted() : await appendError(connected.files, append)
      responses.push(...append.ids.map((id) => (error === null ? ok(id) : failure(id, error))))
    }
    return responses
  }
}

async function appendError(files: OpenFiles, { file, bytes }: FileAppend): Promise<SinkError | null> {
  try {
    await files.append(file, bytes)
    return null
  } catch (error) {
    return classifyFileError(error)
  }
}

function aborted(): SinkError {
  return new SinkError({ kind: 'transient', message: 'The call was aborted before this file was written' })
}
