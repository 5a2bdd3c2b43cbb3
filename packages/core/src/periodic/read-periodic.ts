/**
 * The jobs a handler declares, pure (spec PER-1, PER-6). `periodic` may be a member of the object, of its class or of the
 * class's ancestors; names of a descendant win. A getter that throws is left out, as something that is not there.
 */
import type { AnyHandler, PeriodicTask } from '../handler.ts'

export interface NamedPeriodicTask {
  readonly name: string
  readonly task: PeriodicTask
}

export interface ReadPeriodic {
  readonly tasks: readonly NamedPeriodicTask[]
  /** What is wrong, each with the name of its task. */
  readonly problems: readonly string[]
  /** Names whose getter threw. */
  readonly unreadable: readonly string[]
}

type Read = { readonly ok: true; readonly value: unknown } | { readonly ok: false }

export function readPeriodic(handler: AnyHandler): ReadPeriodic {
  const tasks = new Map<string, PeriodicTask>()
  const problems: string[] = []
  const unreadable = new Set<string>()
  for (const owner of ownersOf(handler, 'periodic').toReversed()) {
    const map = read(owner, 'periodic', handler)
    if (!map.ok) unreadable.add('periodic')
    else if (isObject(map.value)) readMap(map.value, { tasks, problems, unreadable })
    else if (map.value !== undefined) problems.push('periodic must be an object of tasks by name')
  }
  return { tasks: [...tasks].map(([name, task]) => ({ name, task })), problems, unreadable: [...unreadable] }
}

interface Found {
  readonly tasks: Map<string, PeriodicTask>
  readonly problems: string[]
  readonly unreadable: Set<string>
}

function readMap(map: object, { tasks, problems, unreadable }: Found): void {
  for (const name of namesIn(map)) {
    const entry = read(map, name, map)
    if (!entry.ok) {
      unreadable.add(name)
      continue
    }
    const problem = problemOf(entry.value)
    if (problem !== null) problems.push(`periodic.${name}${problem}`)
    else if (isTask(entry.value)) tasks.set(name, entry.value)
  }
}

function problemOf(value: unknown): string | null {
  if (!isObject(value)) return ' must be { seconds, run }'
  const { seconds, run, onError }: Partial<Record<keyof PeriodicTask, unknown>> = value
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds <= 0) return '.seconds must be a number above 0'
  if (typeof run !== 'function') return '.run must be a function'
  if (onError !== undefined && onError !== 'continue' && onError !== 'stop') return ".onError must be 'continue' or 'stop'"
  return null
}

function isTask(value: unknown): value is PeriodicTask {
  return problemOf(value) === null
}

/** The object and its ancestors that have the member, the object first. */
function ownersOf(value: object, member: string): readonly object[] {
  const owners: object[] = []
  for (let owner: object | null = value; owner !== null; owner = prototypeOf(owner)) {
    if (Object.hasOwn(owner, member)) owners.push(owner)
  }
  return owners
}

/** Own names and inherited ones. */
function namesIn(map: object): readonly string[] {
  const names: string[] = []
  for (const name in map) names.push(name)
  return names
}

function prototypeOf(value: object): object | null {
  const prototype: unknown = Object.getPrototypeOf(value)
  return isObject(prototype) ? prototype : null
}

function read(owner: object, member: string, receiver: object): Read {
  try {
    return { ok: true, value: Reflect.get(owner, member, receiver) }
  } catch {
    return { ok: false }
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
