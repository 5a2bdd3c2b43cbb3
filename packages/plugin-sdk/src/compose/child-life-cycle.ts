/** Connect, flush, check and close of several sinks as one. Each member exists when a child has it. */
import { classifyError } from '../classify.ts'
import type { CallOptions, Sink } from '../sink.ts'
import type { Child } from './child-sink.ts'
import { combineFailures, type NamedFailure } from './combine-failures.ts'

export type LifeCycle = Pick<Sink<unknown>, 'connect' | 'flush' | 'close' | 'check'>

export interface LifeCycleOptions {
  /** A barrier of this child did not hold. */
  onFlushFailure?(child: Child): void
}

/**
 * All children are called at once and let finish. `connect` of the whole fails when one fails, with a `SinkError` naming each;
 * those that did connect stay so until `close`, and are not connected again by the next `connect`.
 */
export function childLifeCycle(children: readonly Child[], options: LifeCycleOptions = {}): LifeCycle {
  const having = (member: keyof LifeCycle): readonly Child[] => children.filter(({ sink }) => sink[member] !== undefined)
  const connection = new ChildConnection(having('connect'))
  const flushed = having('flush')
  const checked = having('check')
  const flush = (call: CallOptions) => flushAll(flushed, call, options)
  return {
    ...(having('connect').length > 0 ? { connect: (call) => connection.connect(call) } : {}),
    ...(flushed.length > 0 ? { flush } : {}),
    ...(checked.length > 0 ? { check: (call) => forAll(checked, async ({ sink }) => sink.check?.(call)) } : {}),
    ...(having('close').length > 0
      ? {
          close: (call) => {
            connection.forget()
            return forAll(having('close'), async ({ sink }) => sink.close?.(call))
          },
        }
      : {}),
  }
}

/** Remembers who is connected, because `connect` may be repeated after a failure only. */
class ChildConnection {
  readonly #children: readonly Child[]
  #connected = new Set<Child>()

  constructor(children: readonly Child[]) {
    this.#children = children
  }

  async connect(call: CallOptions): Promise<void> {
    // A child that connects while `close` runs belongs to a set nobody looks at any more.
    const connected = this.#connected
    const missing = this.#children.filter((child) => !connected.has(child))
    await forAll(missing, async (child) => {
      await child.sink.connect?.(call)
      connected.add(child)
    })
  }

  forget(): void {
    this.#connected = new Set()
  }
}

async function flushAll(children: readonly Child[], call: CallOptions, { onFlushFailure }: LifeCycleOptions): Promise<void> {
  await forAll(children, async (child) => {
    try {
      await child.sink.flush?.(call)
    } catch (error) {
      onFlushFailure?.(child)
      throw error
    }
  })
}

/** Rejects when one rejected, after all have ended; the error names each that did. */
async function forAll(children: readonly Child[], run: (child: Child) => Promise<void>): Promise<void> {
  const results = await Promise.allSettled(children.map(run))
  const failures = results.flatMap((result, index): readonly NamedFailure[] => {
    const child = children[index]
    return result.status === 'fulfilled' || child === undefined ? [] : [{ name: child.name, error: classifyError(result.reason) }]
  })
  if (failures.length > 0) throw combineFailures(failures)
}
