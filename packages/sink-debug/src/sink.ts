/** The two behaviours: discard, and write as text. */
import {
  BaseSink,
  SinkError,
  type CallOptions,
  type DeliverCall,
  type DeliveryItem,
  type Sink,
  type SinkContext,
  type WireForm,
} from '@drakkar/plugin-sdk'
import { classifyOutputError } from './classify-error.ts'
import type { TextOutput } from './client.ts'
import type { NullPayload, PrintPayload } from './payload.ts'

/** Discards what it gets and counts it in `drakkar_sink_discarded_payloads_total`. */
export function createNullSink(context: SinkContext): Sink<NullPayload> {
  const discarded = context.metrics.counter('discarded_payloads_total', 'Payloads discarded by this sink.')
  return {
    deliver(batch) {
      discarded.inc(batch.length)
    },
  }
}

export interface PrintSinkOptions {
  readonly context: SinkContext
  /** Text of one payload, with its line end. Must not throw. */
  readonly format: (data: unknown) => string
  /** Called by each `connect`. */
  readonly openOutput: () => TextOutput
}

/** Writes the text of a batch with one write, in the order of the batch. All payloads stand in one line, as the stream is one. */
export class PrintSink extends BaseSink<PrintPayload> {
  readonly #options: PrintSinkOptions
  #output: TextOutput | undefined

  constructor(options: PrintSinkOptions) {
    super(options.context)
    this.#options = options
  }

  /** The text as it is written. Never throws. */
  encode(payload: PrintPayload): WireForm {
    return { body: Buffer.from(this.#options.format(payload.data), 'utf8') }
  }

  protected async open(): Promise<void> {
    this.#output = this.#options.openOutput()
  }

  protected async write(batch: readonly DeliveryItem<PrintPayload>[], call: DeliverCall): Promise<void> {
    const output = this.#output
    if (output === undefined) throw new SinkError({ kind: 'transient', code: 'DRK_SINK_NOT_CONNECTED', message: 'The stream is not open' })
    const text = batch.map((item) => this.#options.format(item.payload.data)).join('')
    try {
      await untilAborted(() => output.write(text), call)
    } catch (error) {
      throw classifyOutputError(error)
    }
  }

  protected release(): void {
    this.#output?.release()
    this.#output = undefined
  }
}

/** The write itself cannot be taken back: after an abort its text may still appear. */
function untilAborted(start: () => Promise<void>, { signal }: CallOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new SinkError({ kind: 'transient', message: 'Writing was aborted', cause: signal.reason }))
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    start()
      .finally(() => signal.removeEventListener('abort', abort))
      .then(resolve, reject)
  })
}
