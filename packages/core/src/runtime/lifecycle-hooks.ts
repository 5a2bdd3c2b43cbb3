/**
 * Calls the hooks that belong to the worker and not to a message: `onReady`, `onAssign`, `onRevoke` (spec HND-4, HND-12,
 * REB-1…3).
 *
 * `onAssign` and `onRevoke` are called one after the other, in the order of what happened, beside the pipeline: neither
 * records nor a hand-over wait for them. `onRevoke` comes when nothing of the partitions runs any more.
 */
import type { DrakkarConfig } from '../config/schema.ts'
import type { AnyHandler, SinkHandles } from '../handler.ts'
import type { AppLogger } from '../observability/logger.ts'
import { CallContext } from '../pipeline/collect/hook-context.ts'
import { withinHookLimit, type HookLimit } from '../pipeline/collect/hook-limit.ts'
import type { OwnershipListener } from '../pipeline/source/source.ts'
import { abortable } from './abortable.ts'

export interface LifecycleHooksOptions {
  readonly handler: AnyHandler
  readonly sinks: SinkHandles
  readonly logger: AppLogger
  /** For `onAssign` and `onRevoke`; null: they may take as long as they want. */
  readonly limit: HookLimit | null
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

  /** Rejects with whatever the hook threw, or with the signal's reason. */
  async ready(config: DrakkarConfig, signal: AbortSignal): Promise<void> {
    const { handler } = this.#options
    if (handler.onReady === undefined) return
    const context = new CallContext(this.#options, { hook: 'on_ready', signal, fields: () => ({}) })
    await abortable(Promise.resolve(handler.onReady(config, context)), signal)
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
    const { handler, logger, limit } = this.#options
    const { signal } = this.#givenUp
    const name = wireNames[hook]
    const context = new CallContext(this.#options, { hook: name, signal, fields: () => ({ partitions }) })
    try {
      const call = Promise.resolve(handler[hook]?.(partitions, context))
      const wait = abortable(call, signal)
      await (limit === null ? wait : withinHookLimit(wait, name, limit))
    } catch (error) {
      logger.error('async_callback_failed', { hook: name, partitions, error })
    }
  }
}
