/** What `defineHandler` infers. Checked by `tsc`; nothing here runs. */
import { Type } from 'typebox'
import * as v from 'valibot'
import { expectTypeOf } from 'vitest'
import { z } from 'zod'
import {
  BaseDrakkarHandler,
  defineHandler,
  DeliveryAction,
  DrakkarApp,
  ErrorAction,
  task,
  type ExecutorResult,
  type ExecutorTask,
  type HookContext,
  type MessageGroup,
  type SourceMessage,
} from '../../src/index.ts'

interface Request {
  id: string
  n: number
}

// The message type comes from `input`, whatever kind of schema it is.
defineHandler({
  input: Type.Object({ id: Type.String(), n: Type.Number() }),
  arrange(messages, pending) {
    expectTypeOf(messages).toEqualTypeOf<readonly SourceMessage<Request>[]>()
    expectTypeOf(pending.pendingTaskIds).toEqualTypeOf<ReadonlySet<string>>()
    return []
  },
  onMessageComplete: (group) => expectTypeOf(group).toEqualTypeOf<MessageGroup<Request>>() && undefined,
  messageLabel: (message) => message.payload.id,
})
defineHandler({
  input: z.object({ id: z.string(), n: z.coerce.number() }),
  arrange: (messages) => messages.map((message) => task({ from: message, args: [message.payload.id, message.payload.n.toFixed()] })),
})
defineHandler({
  input: v.object({ id: v.string(), n: v.pipe(v.string(), v.transform(Number)) }),
  arrange: (messages) => messages.map((message) => task({ from: message, args: [message.payload.n.toFixed()] })),
})
defineHandler({
  arrange(messages) {
    expectTypeOf(messages).toEqualTypeOf<readonly SourceMessage<unknown>[]>()
    return []
  },
})
defineHandler({
  input: z.object({ id: z.string() }),
  // @ts-expect-error the schema knows no `name`
  arrange: (messages) => messages.map((message) => task({ args: [message.payload.name] })),
})
defineHandler({
  input: Type.Object({ n: Type.Number() }),
  // @ts-expect-error arguments are strings
  arrange: (messages) => messages.map((message) => task({ from: message, args: [message.payload.n] })),
})
defineHandler({
  // @ts-expect-error without `input` the payload is unknown
  arrange: (messages) => messages.map((message) => task({ args: [message.payload.id] })),
})
defineHandler({
  input: Type.Object({ n: Type.Number() }),
  arrange: () => [],
  // @ts-expect-error `n` is a number
  deserializeMessage: () => ({ n: 'one' }),
})
// @ts-expect-error `input` is a schema
defineHandler({ input: null, arrange: () => [] })

// The metadata type flows from `arrange` to the other hooks.
defineHandler({
  arrange: (messages) => messages.map((message) => task({ from: message, metadata: { page: message.offset, tags: ['a'] } })),
  onTaskComplete(result) {
    expectTypeOf(result.task.metadata.page).toEqualTypeOf<number>()
    return null
  },
  onError(failed, error) {
    expectTypeOf(failed.metadata.page).toEqualTypeOf<number>()
    expectTypeOf(error.task.metadata.page).toEqualTypeOf<number>()
    return [task({ metadata: { page: 1, tags: ['a'] } })]
  },
  taskPriority: (waiting) => [waiting.metadata.page, waiting.taskId],
})
defineHandler({
  arrange: (messages) => messages.map((message) => task({ from: message, metadata: { page: message.offset } })),
  onTaskComplete(result) {
    // @ts-expect-error the tasks carry a number
    result.task.metadata.page.toUpperCase()
  },
})
defineHandler({
  arrange: () => [task({ metadata: { page: 1 } })],
  // @ts-expect-error a replacement carries the same metadata
  onError: () => [task({ metadata: { other: 1 } })],
})
expectTypeOf(task({})).toEqualTypeOf<ExecutorTask>()
expectTypeOf<ExecutorResult['stdout']>().toEqualTypeOf<string>()

// What hooks may answer.
// @ts-expect-error a handler has an `arrange`
defineHandler({ onTaskComplete: () => null })
// @ts-expect-error a task is made with task()
defineHandler({ arrange: () => [{ args: ['x'] }] })
// @ts-expect-error no such decision about a task
defineHandler({ arrange: () => [], onError: () => 'IGNORE' })
// @ts-expect-error a delivery is not replaced by tasks
defineHandler({ arrange: () => [], onDeliveryError: () => [task({})] })
// @ts-expect-error a hook's number means nothing
defineHandler({ arrange: () => [], onTaskComplete: () => 1 })
// @ts-expect-error metadata is an object
task({ metadata: 'x' })
// @ts-expect-error labels are texts
task({ labels: { n: 1 } })
defineHandler({ arrange: async () => [], onError: () => ErrorAction.RETRY, onDeliveryError: async () => DeliveryAction.SKIP })
expectTypeOf(ErrorAction.DLQ).toEqualTypeOf<'DLQ'>()

// Handlers of every message type fit where the pipeline wants one; so does a class.
class PagesHandler {
  readonly #prefix = 'p'

  arrange(messages: readonly SourceMessage<Request>[]) {
    return messages.map((message) => task({ from: message, args: [this.#prefix, message.payload.id] }))
  }
}

// Extending the base class: the hooks are known, and checked.
class TypedHandler extends BaseDrakkarHandler<Request, { page: number }> {
  override readonly input = Type.Object({ id: Type.String(), n: Type.Number() })

  override arrange(messages: readonly SourceMessage<Request>[]) {
    return messages.map((message) => task({ from: message, metadata: { page: message.payload.n } }))
  }

  override onTaskComplete(result: ExecutorResult<{ page: number }>, context: HookContext) {
    expectTypeOf(result.task.metadata.page).toEqualTypeOf<number>()
    context.logger.info('done', {})
  }

  override messageLabel(message: SourceMessage<Request>) {
    return message.payload.id
  }
}
export class WrongHandler extends BaseDrakkarHandler<Request> {
  // @ts-expect-error a hook that the framework calls with results of tasks
  override onTaskComplete(result: string) {
    return result
  }

  // @ts-expect-error there is no such hook
  override onTaskCompleted() {}
}
expectTypeOf(new BaseDrakkarHandler().arrange).toBeFunction()
export const apps = () => [
  new DrakkarApp({ handler: defineHandler({ input: z.object({ id: z.string() }), arrange: () => [] }) }),
  new DrakkarApp({ handler: new PagesHandler() }),
  new DrakkarApp({ handler: new TypedHandler() }),
]
