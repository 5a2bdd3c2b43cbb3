import { createFakeClock } from '@drakkar/plugin-sdk/testing'
import { describe, expect, it } from 'vitest'
import { createRecordingAppLogger } from '../../../test/support/recording-app-logger.ts'
import { errorOf, messageAt, progressOf, resultOf, turn } from '../../../test/support/values.ts'
import type { AnyHandler, HookContext } from '../../handler.ts'
import { task } from '../../model/make-task.ts'
import type { DeliveryError } from '../../model/delivery-error.ts'
import type { SourceMessage } from '../../model/message.ts'
import type { HookLimit } from './hook-limit.ts'
import { Hooks } from './hooks.ts'

const { signal } = new AbortController()
const noPending = { pendingTasks: [], pendingTaskIds: new Set<string>() }
const place = { partition: 2, id: 5 }
const failed = task({ taskId: 't1', sourceOffsets: [3, 7] })
const source = { topic: 'input', partition: 2, offsets: [3], timestamps: [0] }
const deliveryError: DeliveryError = {
  sinkType: 'redis',
  sinkName: 'main',
  source,
  error: 'no',
  payloads: [],
  attempt: 1,
  kind: 'permanent',
  transient: false,
  cause: null,
}

function hooksOf(handler: Partial<AnyHandler>, onTaskFailure: 'dead_letter' | 'skip' = 'dead_letter', limit: HookLimit | null = null) {
  const logger = createRecordingAppLogger()
  return {
    hooks: new Hooks({
      handler: 'name' in handler ? (handler as AnyHandler) : { arrange: () => [], ...handler },
      logger,
      sinks: {},
      onTaskFailure,
      limit,
    }),
    logger,
  }
}

const bug = () => {
  throw new Error('bug')
}

describe('onError', () => {
  it.each<[answer: unknown, decision: unknown]>([
    ['RETRY', { action: 'retry' }],
    ['SKIP', { action: 'skip' }],
    ['DLQ', { action: 'dead_letter' }],
    [[], { action: 'replace', tasks: [] }],
    [[failed], { action: 'replace', tasks: [failed] }],
  ])('decides: %o', async (answer, decision) => {
    const { hooks, logger } = hooksOf({ onError: async () => answer as never })
    expect(await hooks.error(errorOf(failed), signal, place)).toEqual(decision)
    expect(logger.events()).toEqual([])
  })

  it.each(
    [undefined, null, 'retry', 5, [{}], [failed, 'x']].flatMap((answer) => [[answer, 'dead_letter'] as const, [answer, 'skip'] as const]),
  )('that answers %o leaves it to on_task_failure: %s', async (answer, action) => {
    const { hooks, logger } = hooksOf({ onError: () => answer as never }, action)
    expect(await hooks.error(errorOf(failed), signal, place)).toEqual({ action })
    expect(logger.events()).toEqual(['hook_answer_unknown'])
  })

  it.each<[string, () => never | Promise<never>]>([
    ['throws', bug],
    ['rejects', () => Promise.reject(new Error('bug'))],
  ])('that %s leaves it to on_task_failure (HND-25)', async (_how, onError) => {
    const { hooks, logger } = hooksOf({ onError })
    expect(await hooks.error(errorOf(failed), signal, place)).toEqual({ action: 'dead_letter' })
    expect(logger.events()).toEqual(['on_error_failed'])
  })

  it('that is absent leaves it to on_task_failure', async () => {
    expect(await hooksOf({}, 'skip').hooks.error(errorOf(failed), signal, place)).toEqual({ action: 'skip' })
  })
})

describe('onDeliveryError', () => {
  it.each(['DLQ', 'RETRY', 'SKIP'] as const)('decides: %s', async (answer) => {
    const { hooks } = hooksOf({ onDeliveryError: () => answer })
    expect(await hooks.deliveryError(deliveryError, signal)).toBe(answer)
  })

  it.each([undefined, 'dlq', [], 1])('that answers %o means DLQ, with a warning (HND-11)', async (answer) => {
    const { hooks, logger } = hooksOf({ onDeliveryError: () => answer as never })
    expect(await hooks.deliveryError(deliveryError, signal)).toBe('DLQ')
    expect(logger.entries).toMatchObject([{ level: 'warn', event: 'hook_answer_unknown', fields: { hook: 'on_delivery_error' } }])
  })

  it('that throws, or is absent, means DLQ (HND-29)', async () => {
    const throwing = hooksOf({ onDeliveryError: bug })
    expect(await throwing.hooks.deliveryError(deliveryError, signal)).toBe('DLQ')
    expect(throwing.logger.events()).toEqual(['on_delivery_error_failed'])
    expect(await hooksOf({}).hooks.deliveryError(deliveryError, signal)).toBe('DLQ')
  })
})

describe('taskPriority', () => {
  const unexpected = () => expect.unreachable('nothing failed')

  it('is the age of the task', () => {
    expect(hooksOf({}).hooks.priority(failed, 3, unexpected)).toBe(3)
  })

  it('is what the handler says', () => {
    expect(hooksOf({ taskPriority: () => [1, 'a'] }).hooks.priority(failed, 3, unexpected)).toEqual([1, 'a'])
  })

  it.each<[string, () => unknown]>([
    ['throws', bug],
    ['answers what cannot be compared', () => NaN],
    ['answers nothing', () => undefined],
    ['answers with a promise', async () => 1],
  ])('that %s leaves it to the age, and is counted (HND-30)', (_how, taskPriority) => {
    const { hooks, logger } = hooksOf({ taskPriority: taskPriority as never })
    let failures = 0
    expect(hooks.priority(failed, 3, () => (failures += 1))).toBe(3)
    expect(logger.entries).toMatchObject([{ event: 'priority_fn_failed', fields: { task_id: 't1' } }])
    expect(failures).toBe(1)
  })
})

describe('hooks that return payloads', () => {
  it('give null when they are absent or return nothing', async () => {
    const { hooks } = hooksOf({})
    expect([hooks.hasMessageComplete, await hooks.taskComplete(resultOf(), signal, place)]).toEqual([false, null])
    const silent = hooksOf({ onTaskComplete: () => undefined, onMessageComplete: async () => undefined }).hooks
    expect(silent.hasMessageComplete).toBe(true)
    expect(await silent.taskComplete(resultOf(), signal, place)).toBeNull()
    expect(await silent.messageComplete(progressOf(messageAt(1)).group(0), signal, place)).toBeNull()
  })

  it('reject with what they threw, sync or async', async () => {
    const { hooks } = hooksOf({ arrange: bug, onTaskComplete: bug, onMessageComplete: bug })
    const pending = { pendingTasks: [], pendingTaskIds: new Set<string>() }
    await expect(hooks.arrange({ messages: [], pending }, signal, place)).rejects.toThrow('bug')
    await expect(hooks.taskComplete(resultOf(), signal, place)).rejects.toThrow('bug')
    await expect(hooks.messageComplete(progressOf(messageAt(1)).group(0), signal, place)).rejects.toThrow('bug')
  })
})

describe('messageLabel', () => {
  it('is partition:offset, or what the handler says', () => {
    expect(hooksOf({}).hooks.messageLabel(messageAt(7))).toBe('0:7')
    expect(hooksOf({ messageLabel: ({ offset }) => `order ${offset}` }).hooks.messageLabel(messageAt(7))).toBe('order 7')
  })

  it.each<[string, () => unknown, readonly string[]]>([
    ['throws', bug, ['message_label_failed']],
    ['answers no text', () => 5, []],
  ])('that %s is partition:offset (HND-13)', (_how, messageLabel, events) => {
    const { hooks, logger } = hooksOf({ messageLabel: messageLabel as never })
    expect(hooks.messageLabel(messageAt(7))).toBe('0:7')
    expect(logger.events()).toEqual(events)
  })
})

describe('every hook', () => {
  it('gets a context with its signal and a logger that names it; `this` is the handler', async () => {
    const seen: unknown[] = []
    const handler = {
      name: 'mine',
      arrange: () => [],
      onTaskComplete(this: { name: string }, _result: unknown, context: HookContext) {
        context.logger.info('hello')
        seen.push(this.name, context.signal === signal)
        return null
      },
    }
    const { hooks, logger } = hooksOf(handler)
    await hooks.taskComplete(resultOf(), signal, place)
    expect(seen).toEqual(['mine', true])
    const fields = { category: 'handler', hook: 'on_task_complete', partition: 2, window_id: 5, task_id: 't', offsets: [] }
    expect(logger.entries).toEqual([{ level: 'info', event: 'hello', fields }])
  })
  it('has a logger that says what it was called for (HND-33)', async () => {
    const note = (...args: readonly unknown[]) => (args.at(-1) as HookContext).logger.info('note')
    const { hooks, logger } = hooksOf({
      arrange: (...args) => (note(...args), []),
      onMessageComplete: note,
      onWindowComplete: note,
      onError: (...args) => (note(...args), 'SKIP' as const),
      onDeliveryError: (...args) => (note(...args), 'DLQ' as const),
      deserializeMessage: note,
    })
    const messages = [messageAt(3), messageAt(4)]
    await hooks.arrange({ messages, pending: { pendingTasks: [], pendingTaskIds: new Set() } }, signal, place)
    await hooks.messageComplete(progressOf(messageAt(3)).group(0), signal, place)
    await hooks.windowComplete({ results: [], messages }, signal, place)
    await hooks.error(errorOf(failed), signal, place)
    await hooks.deliveryError(deliveryError, signal)
    await hooks.deserialize(messageAt(3, { payload: null }) as SourceMessage<null>, signal)
    const inWindow = { category: 'handler', partition: 2, window_id: 5 }
    expect(logger.entries.map(({ fields }) => fields)).toEqual([
      { ...inWindow, hook: 'arrange', offsets: [3, 4] },
      { ...inWindow, hook: 'on_message_complete', offset: 3 },
      { ...inWindow, hook: 'on_window_complete', offsets: [3, 4] },
      { ...inWindow, hook: 'on_error', task_id: 't1', offsets: [3, 7] },
      { category: 'handler', hook: 'on_delivery_error', partition: 2, offsets: [3], sink_type: 'redis', sink_name: 'main' },
      { category: 'handler', hook: 'deserialize_message', partition: 0, offset: 3 },
    ])
  })

  it('may be a function that is not asynchronous, or takes its logger out of the context', async () => {
    const { hooks, logger } = hooksOf({ onTaskComplete: (_result, { logger: own }) => own.info('taken') })
    await hooks.taskComplete(resultOf(), signal, place)
    expect(logger.entries).toMatchObject([{ event: 'taken', fields: { task_id: 't' } }])
  })
})

describe('a hook that does not settle in time (HND-34)', () => {
  const never = () => new Promise<never>(() => undefined)

  function limited(handler: Partial<AnyHandler>) {
    const clock = createFakeClock()
    return { clock, ...hooksOf(handler, 'dead_letter', { timeoutMs: 5000, clock }) }
  }

  it.each<[string, Partial<AnyHandler>, (hooks: Hooks) => Promise<unknown> | undefined]>([
    ['arrange', { arrange: never }, (hooks) => hooks.arrange({ messages: [], pending: noPending }, signal, place)],
    ['on_task_complete', { onTaskComplete: never }, (hooks) => hooks.taskComplete(resultOf(), signal, place)],
    [
      'on_message_complete',
      { onMessageComplete: never },
      (hooks) => hooks.messageComplete(progressOf(messageAt(1)).group(0), signal, place),
    ],
    ['on_window_complete', { onWindowComplete: never }, (hooks) => hooks.windowComplete({ results: [], messages: [] }, signal, place)],
    ['deserialize_message', { deserializeMessage: never }, (hooks) => hooks.deserialize(messageAt(1) as SourceMessage<null>, signal)],
  ])('counts as a throw: %s', async (hook, handler, call) => {
    const { hooks, clock } = limited(handler)
    const settled = Promise.allSettled([call(hooks)])
    await clock.advance(4999)
    expect(clock.sleeping).toBe(1)
    await clock.advance(1)
    expect(await settled).toMatchObject([
      {
        reason: { code: 'DRK_HOOK_TIMEOUT', message: `${hook} has not settled within 5 s (executor.hook_timeout_seconds)` },
      },
    ])
  })

  it('leaves onError and onDeliveryError to their defaults', async () => {
    const { hooks, clock, logger } = limited({ onError: never, onDeliveryError: never })
    const answers = Promise.all([hooks.error(errorOf(failed), signal, place), hooks.deliveryError(deliveryError, signal)])
    await clock.advance(5000)
    expect(await answers).toEqual([{ action: 'dead_letter' }, 'DLQ'])
    expect(logger.events()).toEqual(['on_error_failed', 'on_delivery_error_failed'])
  })

  it('is not heard any more, whatever it comes to later', async () => {
    let fail = (_error: Error): void => undefined
    const { hooks, clock } = limited({ onTaskComplete: () => new Promise<never>((_, reject) => (fail = reject)) })
    const settled = Promise.allSettled([hooks.taskComplete(resultOf(), signal, place)])
    await clock.advance(5000)
    fail(new Error('late'))
    await turn()
    expect(await settled).toMatchObject([{ reason: { code: 'DRK_HOOK_TIMEOUT' } }])
  })

  it('is not waited for by those that do settle', async () => {
    const { hooks, clock } = limited({ onTaskComplete: async () => ({ record: [{ data: 1 }] }) })
    expect(await hooks.taskComplete(resultOf(), signal, place)).toEqual({ record: [{ data: 1 }] })
    await turn()
    expect(clock.sleeping).toBe(0)
  })
})
