/** One `deliver` whose payloads travel in batches with those of others. */
import type { SinkResponse } from '../response.ts'
import type { DeliverCall, DeliveryItem } from '../sink.ts'

export class BatchCaller<P> {
  readonly call: DeliverCall
  /** Resolves when every payload is answered, or with what there is when the caller gave up. */
  readonly answered: Promise<readonly SinkResponse[]>
  readonly #batch: readonly DeliveryItem<P>[]
  readonly #answers: (SinkResponse | undefined)[]
  #open: number
  #resolve: (answers: readonly SinkResponse[]) => void = () => {}

  constructor(batch: readonly DeliveryItem<P>[], call: DeliverCall) {
    this.call = call
    this.#batch = batch
    this.#answers = batch.map(() => undefined)
    this.#open = batch.length
    this.answered = new Promise((resolve) => (this.#resolve = resolve))
  }

  /** The answer for the payload at `index` of this caller's batch. */
  answer(index: number, answer: SinkResponse): void {
    if (this.#answers[index] !== undefined || this.#batch[index] === undefined) return
    this.#answers[index] = answer
    this.#open -= 1
    if (this.#open === 0) this.giveUp()
  }

  /** Nobody waits for what is not answered. */
  giveUp(): void {
    this.#resolve(this.#answers.flatMap((given) => given ?? []))
  }
}

/** The call of a batch: aborted when every caller in it has given up; traces are those of the callers. */
export function sharedCall<P>(callers: ReadonlySet<BatchCaller<P>>, ownerOf: (id: string) => BatchCaller<P> | undefined): SharedCall {
  const abort = new AbortController()
  const signals = [...callers].map((caller) => caller.call.signal)
  const onAbort = (): void => {
    if (signals.every((signal) => signal.aborted)) abort.abort(signals.at(-1)?.reason)
  }
  for (const signal of signals) signal.addEventListener('abort', onAbort)
  onAbort()
  return {
    call: { signal: abort.signal, trace: (id) => ownerOf(id)?.call.trace(id) },
    release: () => {
      for (const signal of signals) signal.removeEventListener('abort', onAbort)
    },
  }
}

export interface SharedCall {
  readonly call: DeliverCall
  release(): void
}
