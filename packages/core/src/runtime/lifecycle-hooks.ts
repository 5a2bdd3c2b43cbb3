/**
 * Calls the hooks that belong to the worker and not to a message: `onReady`, `onAssign`, `onRevoke` (spec HND-4, HND-12,
 * REB-1…3).
 *
 * `onAssign` and `onRevoke` are called one after the other, in the order of what happened, beside the pipeline: neither
 * records nor a hand-over wait for them. `onRevoke` comes when nothing of the partitions runs any more.
 */
import type { DrakkarConfig } from '../config/schema.ts'
import type { AnyHandler } from '../handler.ts'
import type { AppLogger } from '../observability/logger.ts'
import type { Hooks } from '../pipeline/collect/hooks.ts'
import type { OwnershipListener } from '../pipeline/source/source.ts'

export interface LifecycleHooksOptions {
  readonly handler: AnyHandler
  readonly hooks: Pick<Hooks, 'call'>
  readonly logger: AppLogger
}

type OwnershipHook = 'onAssign' | 'onRevoke'

const wireNames = { onAssign: 'on_assign', onRevoke: 'on_revoke' } as const

export class LifecycleHooks implements OwnershipListener {
  readonly #options: LifecycleHooksOptions
  readonly #givenUp = new AbortController()
  #last: Promise<void> = Promise.resolve()

  constructor(options: LifecycleHooksOptions) {
    this.#options = options
  }

  /** Rejects with whatever the hook threw, or with the signal's reason. It may take as long as it wants. */
  async ready(config: DrakkarConfig, signal: AbortSignal): Promise<void> {
    const { handler, hooks } = this.#options
    if (handler.onReady === undefined) return
    await hooks.call('on_ready', { signal, fields: () => ({}), limit: null }, (context) => handler.onReady?.(config, context))
  }

  assigned(partitions: readonly number[]): void {
    this.#enqueue('onAssign', partitions)
  }

  revoked(partitions: readonly number[]): void {
    this.#enqueue('onRevoke', partitions)
  }

  /** Resolves when every call made so far has ended. */
  idle(): Promise<void> {
    return this.#last
  }

  /** Aborts the signal of the call under way and of those that wait; nobody waits for them any more. */
  giveUp(): void {
    this.#givenUp.abort()
  }

  #enqueue(hook: OwnershipHook, partitions: readonly number[]): void {
    if (this.#options.handler[hook] === undefined) return
    this.#last = this.#last.then(() => this.#call(hook, partitions))
  }

  async #call(hook: OwnershipHook, partitions: readonly number[]): Promise<void> {
    const { handler, hooks, logger } = this.#options
    const { signal } = this.#givenUp
    const name = wireNames[hook]
    try {
      await hooks.call(name, { signal, fields: () => ({ partitions }) }, (context) => handler[hook]?.(partitions, context))
    } catch (error) {
      logger.error('async_callback_failed', { hook: name, partitions, error })
    }
  }
}
