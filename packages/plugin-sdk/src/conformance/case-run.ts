/** One run of one case: a fresh target, the sinks made on it, and the clean-up of both. */
import { Default } from 'typebox/value'
import type { SinkDefinition } from '../define-sink.ts'
import type { SinkResponse } from '../response.ts'
import type { CallOptions, DeliverResult, DeliveryItem, Sink } from '../sink.ts'
import { createTestContext, deliverCall, deliveryItem, type TestContext } from '../testing/test-context.ts'
import { validateResponses } from '../validate-responses.ts'
import type { SinkConformanceOptions } from './types.ts'

/** Thrown to leave a case that cannot be run on this sink. */
export class CaseSkipped extends Error {}

type HookName = 'makeUnreachable' | 'makeReachable' | 'stall' | 'unstall' | 'failFlush'

/** How a call ended: never thrown, so that a case can look at both. */
export type Ending<R> =
  | { readonly kind: 'resolved'; readonly value: R }
  | { readonly kind: 'rejected'; readonly error: unknown }
  | { readonly kind: 'unsettled' }

export class CaseRun<T> {
  readonly target: T
  readonly options: SinkConformanceOptions<T>
  readonly definition: SinkDefinition
  readonly context: TestContext
  readonly #sinks: Sink<unknown>[] = []

  private constructor(target: T, options: SinkConformanceOptions<T>) {
    this.target = target
    this.options = options
    this.definition = typeof options.definition === 'function' ? options.definition(target) : options.definition
    this.context = createTestContext({ type: this.definition.type })
  }

  static async start<T>(options: SinkConformanceOptions<T>): Promise<CaseRun<T>> {
    return new CaseRun(await options.createTarget(), options)
  }

  /** The instance's configuration with the schema's defaults filled in. */
  get config(): Record<string, unknown> {
    const given = typeof this.options.config === 'function' ? this.options.config(this.target) : this.options.config
    const complete = Default(this.definition.config, structuredClone(given))
    return typeof complete === 'object' && complete !== null ? { ...complete } : {}
  }

  get sample(): object {
    return this.options.samples[0] ?? this.skip('the options hold no sample')
  }

  get otherSample(): object {
    return this.options.samples[1] ?? this.skip('the options hold one sample only')
  }

  skip(reason: string): never {
    throw new CaseSkipped(reason)
  }

  /** Calls the author's hook. */
  async act(name: HookName): Promise<void> {
    const hook = this.options[name] ?? this.skip(`the options have no ${name}()`)
    await hook(this.target)
  }

  /** Leaves the case at once when one of the author's functions is missing. */
  needs(...names: readonly (HookName | 'probe' | 'probeDurable' | 'probeWire' | 'passTime' | 'openHandles' | 'refusedSample')[]): void {
    for (const name of names) if (this.options[name] === undefined) this.skip(`the options have no ${name}`)
  }

  async probe(): Promise<readonly unknown[]> {
    const probe = this.options.probe ?? this.skip('the options have no probe()')
    return probe(this.target)
  }

  /** What has arrived of what `sink` answered. A lossy sink answers early: it is closed first, which makes it write. */
  async arrived(sink: Sink<unknown>): Promise<readonly unknown[]> {
    if (this.isLossy) await this.inTime(sink.close?.(call()), 'close()')
    return this.probe()
  }

  get isLossy(): boolean {
    return this.definition.capabilities.lossy === true
  }

  /** Leaves the case of a rule that a lossy sink cannot keep: it answers before it knows. */
  needsKnowledge(): void {
    if (this.isLossy) this.skip('the sink is lossy: it answers before it knows')
  }

  async openHandles(): Promise<number> {
    const openHandles = this.options.openHandles ?? this.skip('the options have no openHandles()')
    return openHandles(this.target)
  }

  /** A sink that is closed after the case. */
  create(): Sink<unknown> {
    const sink: Sink<unknown> = this.definition.create(this.config, this.context)
    this.#sinks.push(sink)
    return sink
  }

  async connected(): Promise<Sink<unknown>> {
    const sink = this.create()
    await this.inTime(sink.connect?.(call()), 'connect()')
    return sink
  }

  /** The outcome of `deliver` per payload, or its rejection; a wrong set of answers counts as failures. */
  async deliver(sink: Sink<unknown>, items: readonly DeliveryItem<unknown>[]): Promise<Ending<Answers>> {
    const ending = await this.ending(() => sink.deliver(items, deliverCall()))
    if (ending.kind === 'unsettled') throw new Error(`deliver() did not settle within ${this.deadlineMs} ms`)
    return ending.kind === 'rejected' ? ending : { kind: 'resolved', value: answersOf(items, ending.value) }
  }

  /** Waits for a call however it ends, at most until the deadline, or for `withinMs`. */
  async ending<R>(start: () => Promise<R> | R, withinMs = this.deadlineMs): Promise<Ending<R>> {
    const running = Promise.resolve()
      .then(start)
      .then(
        (value): Ending<R> => ({ kind: 'resolved', value }),
        (error: unknown): Ending<R> => ({ kind: 'rejected', error }),
      )
    return raceTimeout(running, withinMs, { kind: 'unsettled' })
  }

  /** The value of a call that has to resolve. */
  async inTime<R>(running: Promise<R> | R, what: string): Promise<R> {
    const ending = await this.ending(() => running)
    if (ending.kind === 'rejected') throw ending.error
    if (ending.kind === 'unsettled') throw new Error(`${what} did not settle within ${this.deadlineMs} ms`)
    return ending.value
  }

  get deadlineMs(): number {
    return this.options.deadlineMs ?? 10_000
  }

  get abortWithinMs(): number {
    return this.options.abortWithinMs ?? 2_000
  }

  /** Failures of the clean-up are not the case's business. */
  async dispose(): Promise<void> {
    const { unstall, makeReachable, disposeTarget } = this.options
    await this.ending(() => unstall?.(this.target))
    await this.ending(() => makeReachable?.(this.target))
    for (const sink of this.#sinks) await this.ending(() => sink.close?.(call()))
    await disposeTarget?.(this.target)
  }
}

export type Answers = ReadonlyMap<string, SinkResponse>

function answersOf(items: readonly DeliveryItem<unknown>[], result: DeliverResult): Answers {
  const ids = items.map((item) => item.id)
  return validateResponses(ids, result).responses
}

/** A call without a limit. */
export function call(): CallOptions {
  return { signal: new AbortController().signal }
}

/** Items for payloads; each payload is a copy, so that a sink that changes it harms nobody else. */
export function itemsFor(payloads: readonly object[]): readonly DeliveryItem<unknown>[] {
  return payloads.map((payload) => deliveryItem<unknown>(structuredClone(payload)))
}

/** Whether the sink said that this payload arrived. */
export function isDelivered(ending: Ending<Answers>, id: string): boolean {
  if (ending.kind !== 'resolved') return false
  const status = ending.value.get(id)?.status
  return status === 'ok' || status === 'on_success'
}

async function raceTimeout<R>(running: Promise<R>, timeoutMs: number, late: R): Promise<R> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<R>((resolve) => {
    timer = setTimeout(() => resolve(late), timeoutMs)
  })
  try {
    return await Promise.race([running, timeout])
  } finally {
    clearTimeout(timer)
  }
}
