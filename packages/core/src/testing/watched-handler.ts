/** The handler with every call known: what has not returned can be named, and a dead worker calls nothing. */
import { type AnyHandler, type HookContext, type PeriodicTask } from '../handler.ts'
import { checkHandler } from '../runtime/load-handler.ts'
import type { OutsideWork } from './outside-work.ts'
import { never, type WorkerLife } from './worker-life.ts'

/** Members that answer at once, or are called by schemas and not by the worker. */
const untouched: ReadonlySet<string> = new Set(['input', 'convertPayload', 'messageLabel', 'taskPriority', 'constructor'])

export interface WatchedHandlerPorts {
  readonly life: WorkerLife
  readonly outside: OutsideWork
}

/** Throws `ConfigError` (`DRK_HANDLER_INVALID`) for what is no handler. */
export function watchedHandler(given: unknown, ports: WatchedHandlerPorts): AnyHandler {
  const handler = checkHandler(given)
  const watched: Record<string, unknown> = {}
  for (const name of memberNames(handler)) {
    const member: unknown = Reflect.get(handler, name)
    if (typeof member !== 'function') watched[name] = member
    else if (untouched.has(name)) watched[name] = member.bind(handler)
    else watched[name] = (...args: unknown[]) => call(() => Reflect.apply(member, handler, args), { name: hookText(name, args), ports })
  }
  if (handler.input !== undefined) watched['input'] = handler.input
  if (handler.periodic !== undefined) watched['periodic'] = watchedPeriodic(handler, ports)
  return checkHandler(watched)
}

/** Of the handler and its classes. */
function memberNames(handler: object): ReadonlySet<string> {
  const names = new Set<string>()
  for (let level: unknown = handler; level instanceof Object && level !== Object.prototype; level = Object.getPrototypeOf(level)) {
    for (const name of Object.getOwnPropertyNames(level)) names.add(name)
  }
  names.delete('constructor')
  return names
}

function watchedPeriodic(handler: AnyHandler, ports: WatchedHandlerPorts): Readonly<Record<string, PeriodicTask>> {
  return Object.fromEntries(
    Object.entries(handler.periodic ?? {}).map(([name, job]) => [
      name,
      {
        ...job,
        run: (context: HookContext) => call(async () => job.run.call(handler, context), { name: `periodic job ${name}`, ports }),
      },
    ]),
  )
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
