/** Checks what a hook returned as tasks: handlers are user code, their types are not trusted. */

/** What is wrong with the tasks a hook returned, naming index and field; null when nothing is (spec WIN-11). */
export function taskListProblem(tasks: unknown): string | null {
  if (!Array.isArray(tasks)) return 'the hook must return a list of tasks'
  for (const [index, task] of tasks.entries()) {
    const problem = taskProblem(task)
    if (problem !== null) return `task ${index}: ${problem}`
  }
  return null
}

const taskFields: readonly (readonly [field: string, check: (value: unknown) => boolean, wanted: string])[] = [
  ['taskId', (value) => typeof value === 'string' && value !== '', 'a non-empty string'],
  ['args', (value) => Array.isArray(value) && value.every((arg) => typeof arg === 'string'), 'a list of strings'],
  ['sourceOffsets', (value) => Array.isArray(value) && value.every((offset) => Number.isSafeInteger(offset)), 'a list of offsets'],
  ['metadata', isObject, 'an object'],
  ['labels', isStrings, 'an object of strings'],
  ['env', isStrings, 'an object of strings'],
  ['binaryPath', (value) => value === null || (typeof value === 'string' && value !== ''), 'a path or null'],
  ['stdin', (value) => value === null || typeof value === 'string' || value instanceof Uint8Array, 'a string, bytes or null'],
  ['precomputed', (value) => value === null || isPrecomputed(value), 'a precomputed result or null'],
]

function taskProblem(task: unknown): string | null {
  if (!isObject(task)) return 'is not a task; make it with task()'
  const broken = taskFields.find(([field, check]) => !check(task[field]))
  return broken === undefined ? null : `\`${broken[0]}\` must be ${broken[2]}`
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isStrings(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((member) => typeof member === 'string')
}

function isPrecomputed(value: unknown): boolean {
  if (!isObject(value)) return false
  const { stdout = '', stderr = '', exitCode = 0, durationSeconds = 0 } = value
  return typeof stdout === 'string' && typeof stderr === 'string' && Number.isSafeInteger(exitCode) && Number.isFinite(durationSeconds)
}
