import { expect, it } from 'vitest'
import type { HookContext } from '../handler.ts'
import { task } from '../model/make-task.ts'
import { OutsideWork } from './outside-work.ts'
import { silentLogger } from '../observability/logger.ts'
import { watchedHandler } from './watched-handler.ts'
import { WorkerLife } from './worker-life.ts'

const context: HookContext = { signal: new AbortController().signal, logger: silentLogger, sinks: {} }

function watch(handler: object) {
  const life = new WorkerLife()
  const outside = new OutsideWork(1000)
  return { life, outside, watched: watchedHandler(handler, { life, outside }) }
}

it('calls of a hook are known by name and offsets until they return', async () => {
  let answer = (): void => undefined
  const { outside, watched } = watch({
    arrange: () => [],
    onTaskComplete: () => new Promise<void>((resolve) => (answer = resolve)),
  })
  const one = task({ sourceOffsets: [3, 4] })
  const call = watched.onError?.(one, {} as never, context)
  expect(call).toBeUndefined()
  const completed = watched.onTaskComplete?.({ task: one } as never, context)
  expect(outside.open).toEqual(['onTaskComplete of offset 3, 4'])
  answer()
  await completed
  expect(outside.open).toEqual([])
})

it('a dead worker calls no hook, and hears of none that was under way', async () => {
  const calls: string[] = []
  let answer = (): void => undefined
  const { life, watched } = watch({
    arrange: () => [],
    onReady: () => new Promise<void>((resolve) => (answer = resolve)),
    onTaskComplete: () => void calls.push('task'),
    periodic: { tick: { seconds: 1, run: () => void calls.push('tick') } },
    messageLabel: () => 'label',
  })
  void Promise.resolve(watched.onReady?.({} as never, context)).then(() => calls.push('ready'))
  life.end()
  answer()
  void watched.onTaskComplete?.({ task: task({}) } as never, context)
  void watched.periodic?.['tick']?.run(context)
  await new Promise((resolve) => setImmediate(resolve))
  expect(calls).toEqual([])
  expect(watched.messageLabel?.({} as never)).toBe('label')
})

it('hooks and jobs of a class keep their `this`; what is no hook is found where it was', async () => {
  class Base {
    readonly #name = 'base'
    readonly input = 'a schema'
    readonly periodic = { tick: { seconds: 1, run: () => this.#name } }
    arrange(): readonly unknown[] {
      return [this.#name]
    }
  }
  const { watched } = watch(new (class extends Base {})())
  expect(await watched.arrange([], { pendingTasks: [], pendingTaskIds: new Set() }, context)).toEqual(['base'])
  expect(await watched.periodic?.['tick']?.run(context)).toBe('base')
  expect(watched.input).toBe('a schema')
  expect(watched.onMessageComplete).toBeUndefined()
})
