/** One configured sink during a replay: connected when the first entry needs it, delivering what it is given, now. */
import {
  classifyError,
  compileSchema,
  errorMessage,
  redactText,
  SinkError,
  validateResponses,
  type Clock,
  type CompiledSchema,
  type DeliverCall,
  type DeliveryItem,
  type Logger,
  type Sink,
  type SinkContext,
  type SinkDefinition,
  type SinkResponse,
  type TraceContext,
} from '@drakkar/plugin-sdk'
import type { SinkInstanceConfig } from '../config/instances.ts'
import { abortable } from '../runtime/abortable.ts'
import { InterruptedError, type PublishCall } from './replay-target.ts'

export interface ReplaySinkOptions {
  readonly instance: SinkInstanceConfig
  readonly definition: SinkDefinition
  readonly context: SinkContext
  readonly clock: Clock
  /** Most payloads of one delivery, beside the sink's own limit. */
  readonly maxItems: number | null
}

const closeTimeoutMs = 10_000

export class ReplaySink {
  readonly schema: CompiledSchema<unknown>
  readonly #sink: Sink<unknown>
  readonly #options: ReplaySinkOptions
  #connecting: Promise<void> | null = null

  constructor(options: ReplaySinkOptions) {
    this.#options = options
    this.schema = compileSchema(options.definition.payload)
    this.#sink = options.definition.create(options.instance.own, options.context)
  }

  get path(): string {
    return `${this.#options.instance.type}/${this.#options.instance.name}`
  }

  /** Once, however often it is called. Rejects with `DRK_SINK_CONNECT_FAILED`, with `InterruptedError` when the signal aborts. */
  connect(signal: AbortSignal): Promise<void> {
    this.#connecting ??= this.#connect(signal)
    return this.#connecting
  }

  /** Resolves when all have arrived and are durable. Rejects with a `SinkError` naming the first payload that has not. */
  async deliver(items: readonly DeliveryItem<unknown>[], call: PublishCall & { readonly trace: TraceContext | undefined }): Promise<void> {
    await this.connect(call.signal)
    const { instance, maxItems } = this.#options
    const size = Math.min(instance.framework.batch.max_items, maxItems ?? Number.POSITIVE_INFINITY)
    for (let start = 0; start < items.length; start += size) {
      const chunk = items.slice(start, start + size)
      for (const _item of chunk) await call.pace()
      await this.#deliverChunk(chunk, items, call)
    }
    await this.#sink.flush?.({ signal: AbortSignal.timeout(this.#limitMs) })
  }

  /** Never rejects: a failure is logged. */
  async close(logger: Logger): Promise<void> {
    const signal = AbortSignal.timeout(closeTimeoutMs)
    try {
      await abortable(Promise.resolve(this.#sink.close?.({ signal })), signal)
    } catch (error) {
      logger.warn('sink_close_error', { sink: this.path, error: redactText(errorMessage(error)) })
    }
  }

  async #connect(stop: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(this.#options.instance.framework.connect_timeout_seconds * 1000)])
    try {
      await abortable(Promise.resolve(this.#sink.connect?.({ signal })), signal)
    } catch (error) {
      if (stop.aborted) throw new InterruptedError()
      throw new SinkError({
        kind: 'permanent',
        code: 'DRK_SINK_CONNECT_FAILED',
        message: `${this.path}: cannot connect: ${redactText(errorMessage(error))}`,
        cause: error,
      })
    }
  }

  /**
   * Failures that pass are tried again where the sink is idempotent (spec DLV-16), also beside one that does not pass: what can
   * arrive has arrived when the entry fails.
   */
  async #deliverChunk(
    chunk: readonly DeliveryItem<unknown>[],
    all: readonly DeliveryItem<unknown>[],
    call: PublishCall & { readonly trace: TraceContext | undefined },
  ): Promise<void> {
    const failed = new Map<string, SinkError>()
    let open = chunk
    for (let retry = 1; ; retry += 1) {
      const failures = await this.#deliverOnce(open, call.trace)
      call.published(open.length - failures.size)
      for (const { id } of open) failed.delete(id)
      for (const [id, error] of failures) failed.set(id, error)
      const passing = open.filter(({ id }) => (failures.get(id)?.kind ?? 'permanent') !== 'permanent')
      if (passing.length === 0 || !this.#isIdempotent || retry > this.#options.instance.framework.fast_retries) break
      await this.#wait(retry, failures, call.signal)
      open = passing.map((item) => ({ ...item, attempt: retry }))
    }
    const first = firstFailed(chunk, failed)
    if (first !== undefined) throw this.#failure(first, failed.get(first.id), all)
  }

  /** At least as long as the sink asks for. Rejects with `InterruptedError` when the run is ended meanwhile. */
  async #wait(retry: number, failures: ReadonlyMap<string, SinkError>, signal: AbortSignal): Promise<void> {
    const asked = [...failures.values()].map(({ retryAfterMs }) => retryAfterMs ?? 0)
    await this.#options.clock.sleep(Math.max(50 * 2 ** (retry - 1), ...asked), signal)
    if (signal.aborted) throw new InterruptedError()
  }

  async #deliverOnce(items: readonly DeliveryItem<unknown>[], trace: TraceContext | undefined): Promise<ReadonlyMap<string, SinkError>> {
    const signal = AbortSignal.timeout(this.#limitMs)
    const call: DeliverCall = { signal, trace: () => trace }
    try {
      const result = await abortable(Promise.resolve(this.#sink.deliver(items, call)), signal)
      const { responses } = validateResponses(
        items.map(({ id }) => id),
        result,
      )
      return new Map([...responses].flatMap(([id, response]) => failureOf(id, response)))
    } catch (error) {
      const failure = classifyError(error)
      return new Map(items.map(({ id }) => [id, failure]))
    }
  }

  /** Without a configured limit, still one that ends a hang. */
  get #limitMs(): number {
    return (this.#options.instance.framework.delivery_timeout_seconds ?? 300) * 1000
  }

  get #isIdempotent(): boolean {
    const { instance, definition } = this.#options
    const declared = typeof definition.idempotent === 'function' ? definition.idempotent(instance.own) : definition.idempotent
    return instance.framework.idempotent ?? declared
  }

  #failure(item: DeliveryItem<unknown>, error: SinkError | undefined, all: readonly DeliveryItem<unknown>[]): SinkError {
    const place = `${this.path}, payload ${all.findIndex(({ id }) => id === item.id) + 1} of ${all.length}`
    return new SinkError({ kind: error?.kind ?? 'permanent', message: `${place}: ${error?.message ?? 'no answer'}`, cause: error })
  }
}

/** One that may still pass counts first: an entry that holds it must not be passed over as refused (`--on-error=skip`). */
function firstFailed(chunk: readonly DeliveryItem<unknown>[], failed: ReadonlyMap<string, SinkError>): DeliveryItem<unknown> | undefined {
  return chunk.find(({ id }) => failed.has(id) && failed.get(id)?.kind !== 'permanent') ?? chunk.find(({ id }) => failed.has(id))
}

/** What a replay cannot do for the sink counts as a failure, so that the entry stays to be replayed. */
function failureOf(id: string, response: SinkResponse): readonly (readonly [string, SinkError])[] {
  const failed = (message: string) => [[id, new SinkError({ kind: 'permanent', message })] as const]
  switch (response.status) {
    case 'ok':
    case 'on_success':
    case 'skip':
      return []
    case 'failure':
      return typeof response.error === 'string' ? failed(response.error) : [[id, response.error]]
    case 'fallback':
      return failed(response.error ?? 'the sink asks for its fallback, which a replay does not use')
    case 'serve':
      return failed('the sink answers with SERVE, and a replay has no store for answers')
    default:
      return response satisfies never
  }
}
