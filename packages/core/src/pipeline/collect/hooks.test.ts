import { describe, expect, it } from 'vitest'
import { createRecordingAppLogger } from '../../../test/support/recording-app-logger.ts'
import { errorOf, messageAt, progressOf, resultOf } from '../../../test/support/values.ts'
import type { AnyHandler, HookContext } from '../../handler.ts'
import { task } from '../../model/make-task.ts'
import type { DeliveryError } from '../../model/delivery-error.ts'
import { Hooks } from './hooks.ts'

const { signal } = new AbortController()
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

function hooksOf(handler: Partial<AnyHandler>, onTaskFailure: 'dead_letter' | 'skip' = 'dead_letter') {
  const logger = createRecordingAppLogger()
  let priorityErrors = 0
  return {
    priorityErrors: () => priorityErrors,
    hooks: new Hooks({
      handler: 'name' in handler ? (handler as AnyHandler) : { arrange: () => [], ...handler },
      onPriorityError: () => (priorityErrors += 1),
      logger,
      sinks: {},
      onTaskFailure,
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
  it('is the age of the task', () => {
    expect(hooksOf({}).hooks.priority(failed, 3)).toBe(3)
  })

  it('is what the handler says', () => {
    expect(hooksOf({ taskPriority: () => [1, 'a'] }).hooks.priority(failed, 3)).toEqual([1, 'a'])
  })

  it.each<[string, () => unknown]>([
    ['throws', bug],
    ['answers what cannot be compared', () => NaN],
    ['answers nothing', () => undefined],
    ['answers with a promise', async () => 1],
  ])('that %s leaves it to the age, and is counted (HND-30)', (_how, taskPriority) => {
    const { hooks, logger, priorityErrors } = hooksOf({ taskPriority: taskPriority as never })
    expect(hooks.priority(failed, 3)).toBe(3)
    expect(logger.entries).toMatchObject([{ event: 'priority_fn_failed', fields: { task_id: 't1' } }])
    expect(priorityErrors()).toBe(1)
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
    expect(logger.entries).toMatchObject([{ event: 'hello', fields: { category: 'handler', hook: 'on_task_complete' } }])
  })
})
