/**
 * What a hook gets as its last argument. Its logger names the hook and what it was called for (spec HND-33); it is made
 * when the hook first asks for it, because most calls never do.
 */
import type { LogFields, Logger } from '@drakkar/plugin-sdk'
import type { HookContext, SinkHandles } from '../../handler.ts'
import type { AppLogger } from '../../observability/logger.ts'

export interface HookContextPorts {
  readonly logger: AppLogger
  readonly sinks: SinkHandles
}

/** What a hook is called for, as far as it is known: partition, window_id, task_id, offset or offsets, sink_type, sink_name. */
export type HookFields = () => LogFields

export class CallContext implements HookContext {
  readonly signal: AbortSignal
  readonly sinks: SinkHandles
  readonly #logger: AppLogger
  readonly #hook: string
  readonly #fields: HookFields
  #own: Logger | null = null

  constructor(
    { logger, sinks }: HookContextPorts,
    call: { readonly hook: string; readonly signal: AbortSignal; readonly fields: HookFields },
  ) {
    this.signal = call.signal
    this.sinks = sinks
    this.#logger = logger
    this.#hook = call.hook
    this.#fields = call.fields
  }

  get logger(): Logger {
    this.#own ??= this.#logger.child({ category: 'handler', hook: this.#hook, ...this.#fields() })
    return this.#own
  }
}
