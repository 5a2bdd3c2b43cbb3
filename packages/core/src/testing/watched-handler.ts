/** The handler with every call known: what has not returned can be named, and a dead worker calls nothing. */
import type { AnyHandler, PeriodicTask } from '../handler.ts'
import { readPeriodic } from '../periodic/read-periodic.ts'
import { checkHandler } from '../runtime/load-handler.ts'
import type { OutsideWork } from './outside-work.ts'
import { never, type WorkerLife } from './worker-life.ts'

/** Members that answer at once, or are called by schemas and not by the worker. */
const atOnce: ReadonlySet<string> = new Set(['convertPayload', 'messageLabel', 'taskPriority'])
const noHooks: ReadonlySet<string> = new Set(['input', 'periodic', 'constructor'])

export interface WatchedHandlerPorts {
  readonly life: WorkerLife
  readonly outside: OutsideWork
}

/** Inherits from the handler, so that whatever is not watched is found where it was. Throws `ConfigError` (`DRK_HANDLER_INVALID`). */
export function watchedHandler(given: unknown, ports: WatchedHandlerPorts): AnyHandler {
  const handler = checkHandler(given)
  const own: Record<string, unknown> = {}
  for (const [name, member] of hooksOf(handler)) {
    const run = (args: readonly unknown[]): unknown => Reflect.apply(member, handler, args)
    own[name] = (...args: unknown[]) => (atOnce.has(name) ? run(args) : call(() => run(args), { name: hookText(name, args), ports }))
  }
  const jobs = readPeriodic(handler).tasks
  if (jobs.length > 0)
    own['periodic'] = Object.fromEntries(jobs.map(({ name, task }) => [name, watchedJob(task, { name, handler, ports })]))
  return checkHandler(Object.assign(Object.create(handler), own))
}

/** Of the handler and its classes, those of a descendant first. */
function hooksOf(handler: object): ReadonlyMap<string, (...args: unknown[]) => unknown> {
  const hooks = new Map<string, (...args: unknown[]) => unknown>()
  for (let level: unknown = handler; level instanceof Object && level !== Object.prototype; level = Object.getPrototypeOf(level)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (typeof value === 'function' && !noHooks.has(name) && !hooks.has(name)) hooks.set(name, value)
    }
  }
  return hooks
}

interface JobPlace {
  readonly name: string
  readonly handler: AnyHandler
  readonly ports: WatchedHandlerPorts
}

function watchedJob(job: PeriodicTask, { name, handler, ports }: JobPlace): PeriodicTask {
  return { ...job, run: (context) => call(async () => job.run.call(handler, context), { name: `the periodic job ${name}`, ports }) }
}

function call<T>(
  run: () => T | Promise<T>,
  { name, ports }: { readonly name: string; readonly ports: WatchedHandlerPorts },
): T | Promise<T> {
  if (!ports.life.isAlive) return never()
  const result = run()
  return result instanceof Promise ? ports.life.guard(ports.outside.track(name, result)) : result
}

/** `onMessageComplete of partition 0, offset 3`, as far as the arguments tell. */
function hookText(name: string, args: readonly unknown[]): string {
  const offsets = [...new Set(args.flatMap(offsetsOf))].toSorted((a, b) => a - b)
  return offsets.length === 0 ? name : `${name} of offset ${offsets.join(', ')}`
}

function offsetsOf(argument: unknown): readonly number[] {
  if (Array.isArray(argument)) return argument.flatMap(offsetsOf)
  if (!(argument instanceof Object)) return []
  if ('offset' in argument && typeof argument.offset === 'number') return [argument.offset]
  if ('sourceOffsets' in argument) return numbers(argument.sourceOffsets)
  if ('offsets' in argument) return numbers(argument.offsets)
  return ['sourceMessage', 'task', 'source'].flatMap((key) => offsetsOf(Reflect.get(argument, key)))
}

function numbers(value: unknown): readonly number[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'number') : []
}
