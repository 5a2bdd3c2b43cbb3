/** `fanOut`: each payload goes to every child, and has arrived when all of them took it (spec BSP-19). */
import type { Static, TObject, TSchema } from 'typebox'
import type { SinkDefinition } from '../define-sink.ts'
import { failure, type SinkResponse } from '../response.ts'
import type { DeliverCall, DeliveryItem, Sink } from '../sink.ts'
import { type Answers, answersOf } from './answers-of.ts'
import type { Child, ChildInput } from './child-sink.ts'
import { childLifeCycle } from './child-life-cycle.ts'
import { combineAnswers, isTaken } from './combine-answers.ts'
import { type ComposedIdentity, defineComposed, sharedMembers } from './composed-definition.ts'
import { onlyOrderingKey } from './ordering.ts'
import { prepareItems } from './prepare-items.ts'
import { TakenPayloads } from './taken-payloads.ts'

export interface FanOutInput<S extends TSchema> extends ComposedIdentity<S> {
  /** By name, which is also the key of the child's configuration and its place in errors. */
  readonly children: Readonly<Record<string, ChildInput<Static<S>>>>
}

/** Payloads some children took and others did not, of which that is remembered. */
const mostRemembered = 10_000

/**
 * A retry goes to the children that have not taken the payload yet, as long as the process lives and no more than 10 000 payloads
 * wait; after that to all, like any redelivery. One line per payload order is kept when a single child is ordered and has an
 * `orderingKey`; with several ordered children all payloads stand in one line.
 */
export function fanOut<S extends TSchema>(input: FanOutInput<S>): SinkDefinition<TObject, S> {
  return defineComposed(input, { children: input.children, assemble: (children) => new FanOutSink(children).sink })
}

class FanOutSink {
  readonly sink: Sink<unknown>
  readonly #children: readonly Child[]
  readonly #taken = new TakenPayloads(mostRemembered)
  readonly #failedFlushes = new Map<string, number>()

  constructor(children: readonly Child[]) {
    this.#children = children
    this.sink = {
      ...childLifeCycle(children, { onFlushFailure: (child) => this.#forget(child) }),
      ...sharedMembers(children),
      ...onlyOrderingKey(children),
      deliver: (batch, call) => this.#deliver(batch, call),
    }
  }

  async #deliver(batch: readonly DeliveryItem<unknown>[], call: DeliverCall): Promise<readonly SinkResponse[]> {
    const flushesBefore = new Map(this.#failedFlushes)
    const taken = new Map(batch.map((item) => [item.id, new Map(this.#taken.of(item))]))
    await Promise.all(
      this.#children.map(async (child) => {
        const missing = batch.filter((item) => taken.get(item.id)?.has(child.name) !== true)
        const answers = await deliverTo(child, missing, call)
        for (const [id, answer] of answers) taken.get(id)?.set(child.name, answer)
      }),
    )
    const isKept = (name: string): boolean => flushesBefore.get(name) === this.#failedFlushes.get(name)
    return batch.map((item) => this.#settle(item.id, taken.get(item.id) ?? new Map(), isKept))
  }

  /** What the child took may be lost: also what it takes while its flush fails. */
  #forget(child: Child): void {
    this.#failedFlushes.set(child.name, (this.#failedFlushes.get(child.name) ?? 0) + 1)
    this.#taken.forgetChild(child.name)
  }

  #settle(id: string, byChild: ReadonlyMap<string, SinkResponse>, isKept: (name: string) => boolean): SinkResponse {
    const answers = this.#children.map(({ name }) => ({ name, answer: byChild.get(name) ?? failure(id, 'No answer') }))
    const answer = combineAnswers(id, answers)
    const kept = [...byChild].filter(([name, childAnswer]) => isTaken(childAnswer) && isKept(name))
    if (answer.status === 'failure') this.#taken.keep(id, new Map(kept))
    else this.#taken.done(id)
    return answer
  }
}

async function deliverTo(child: Child, batch: readonly DeliveryItem<unknown>[], call: DeliverCall): Promise<Answers> {
  const { items, refused } = prepareItems(child, batch)
  return new Map([...refused, ...(await answersOf(child.sink, items, call))])
}
