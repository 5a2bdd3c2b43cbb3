/** A handler as a class to extend (spec HND-1); `defineHandler` makes one of a plain object, with its types inferred. */
import type { InputSchema } from '@drakkar/plugin-sdk'
import type { Awaitable, Handler, HookContext } from './handler.ts'
import type { SourceMessage } from './model/message.ts'
import type { ExecutorTask, PendingContext, TaskMetadata } from './model/task.ts'

/** The hooks a subclass may add. */
// oxlint-disable-next-line typescript/no-empty-object-type, typescript/no-unsafe-declaration-merging -- all of them are optional, none has to be initialised
export interface BaseDrakkarHandler<T = unknown, M extends TaskMetadata = TaskMetadata> extends Handler<InputSchema | undefined, M, T> {}

/**
 * `T` is the type of `message.payload`: what the schema in `input` gives, if there is one. Only `arrange` is required; every hook is
 * called with the handler as `this`.
 */
export class BaseDrakkarHandler<T = unknown, M extends TaskMetadata = TaskMetadata> {
  /** Throws until a subclass implements it: the messages go to the dead-letter log. */
  arrange(_messages: readonly SourceMessage<T>[], _pending: PendingContext, _context: HookContext): Awaitable<readonly ExecutorTask<M>[]> {
    throw new Error(`${this.constructor.name}.arrange must be implemented`)
  }
}
