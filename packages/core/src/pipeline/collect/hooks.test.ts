import { describe, expect, it } from 'vitest'
import { createRecordingAppLogger } from '../../../test/support/recording-app-logger.ts'
import { errorOf, messageAt, resultOf } from '../../../test/support/values.ts'
import type { AnyHandler, HookContext } from '../../handler.ts'
import { task } from '../../model/make-task.ts'
import type { DeliveryError } from '../../model/delivery-error.ts'
import { Hooks } from './hooks.ts'
import { MessageProgress } from './message-progress.ts'

const { signal } = new AbortController()
const failed = task({ taskId: 't1', sourceOffsets: [3, 7] })
const deliveryError = { sinkType: 'redis', sinkName: 'main' } as DeliveryError

function hooksOf(handler: Partial<AnyHandler>, onTaskFailure: 'dead_letter' | 'skip' = 'dead_letter') {
  const logger = createRecordingAppLogger()
  return {
    hooks: new Hooks({
      handler: 'name' in handler ? (handler as AnyHandler) : { arrange: () => [], ...handler },
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
    expect(await hooks.error(failed, errorOf(failed), signal)).toEqual(decision)
    expect(logger.events()).toEqual([])
  })

  it.each(
    [undefined, null, 'retry', 5, [{}], [failed, 'x']].flatMap((answer) => [[answer, 'dead_letter'] as const, [answer, 'skip'] as const]),
  )('that answers %o leaves it to on_task_failure: %s', async (answer, action) => {
    const { hooks, logger } = hooksOf({ onError: () => answer as never }, action)
    expect(await hooks.error(failed, errorOf(failed), signal)).toEqual({ action })
    expect(logger.events()).toEqual(['hook_answer_unknown'])
  })

  it.each<[string, () => never | Promise<never>]>([
    ['throws', bug],
    ['rejects', () => Promise.reject(new Error('bug'))],
  ])('that %s leaves it to on_task_failure (HND-25)', async (_how, onError) => {
    const { hooks, logger } = hooksOf({ onError })
    expect(await hooks.error(failed, errorOf(failed), signal)).toEqual({ action: 'dead_letter' })
    expect(logger.events()).toEqual(['on_error_failed'])
  })

  it('that is absent leaves it to on_task_failure', async () => {
    expect(await hooksOf({}, 'skip').hooks.error(failed, errorOf(failed), signal)).toEqual({ action: 'skip' })
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
  it('is the smallest source offset, or 0', () => {
    const { hooks } = hooksOf({})
    expect([hooks.priority(failed), hooks.priority(task({}))]).toEqual([3, 0])
  })

  it('is what the handler says', () => {
    expect(hooksOf({ taskPriority: () => [1, 'a'] }).hooks.priority(failed)).toEqual([1, 'a'])
  })

  it('falls back to the default when the hook throws (HND-30)', () => {
    const { hooks, logger } = hooksOf({ taskPriority: bug })
    expect(hooks.priority(failed)).toBe(3)
    expect(logger.events()).toEqual(['priority_fn_failed'])
  })
})

describe('hooks that return payloads', () => {
  it('give null when they are absent or return nothing', async () => {
    const { hooks } = hooksOf({})
    expect([hooks.hasMessageComplete, await hooks.taskComplete(resultOf(), signal)]).toEqual([false, null])
    const silent = hooksOf({ onTaskComplete: () => undefined, onMessageComplete: async () => undefined }).hooks
    expect(silent.hasMessageComplete).toBe(true)
    expect(await silent.taskComplete(resultOf(), signal)).toBeNull()
    expect(await silent.messageComplete(new MessageProgress(messageAt(1), 0).group(0), signal)).toBeNull()
  })

  it('reject with what they threw, sync or async', async () => {
    const { hooks } = hooksOf({ arrange: bug, onTaskComplete: bug, onMessageComplete: bug })
    const pending = { pendingTasks: [], pendingTaskIds: new Set<string>() }
    await expect(hooks.arrange([], pending, signal)).rejects.toThrow('bug')
    await expect(hooks.taskComplete(resultOf(), signal)).rejects.toThrow('bug')
    await expect(hooks.messageComplete(new MessageProgress(messageAt(1), 0).group(0), signal)).rejects.toThrow('bug')
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
    await hooks.taskComplete(resultOf(), signal)
    expect(seen).toEqual(['mine', true])
    expect(logger.entries).toMatchObject([{ event: 'hello', fields: { category: 'handler', hook: 'on_task_complete' } }])
  })
})
