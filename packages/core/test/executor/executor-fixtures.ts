/** Test-only: settings, tasks and a logger for the tests of the executor. */
import type { Logger } from '@drakkar/plugin-sdk'
import type { ExecutorTask } from '../../src/model/task.ts'
import type { ExecutorSettings } from '../../src/pipeline/executor/settings.ts'

/** The defaults of the configuration, with `/bin/sh` as the program. */
export function settings(changes: Partial<ExecutorSettings>): ExecutorSettings {
  return {
    binary_path: '/bin/sh',
    env: {},
    env_inherit_parent: true,
    env_inherit_deny: ['DRAKKAR_*', '*PASSWORD*', '*SECRET*', '*TOKEN*', '*_KEY', '*_DSN', '*CREDENTIAL*'],
    max_executors: 4,
    task_timeout_seconds: 30,
    kill_grace_seconds: 0,
    max_output_bytes: 64 * 1024 * 1024,
    output_overflow: 'truncate',
    ...changes,
  }
}

let taskCount = 0

export function taskOf(changes: Partial<ExecutorTask>): ExecutorTask {
  taskCount += 1
  return {
    taskId: `task-${taskCount}`,
    args: [],
    sourceOffsets: [taskCount],
    metadata: {},
    labels: {},
    env: {},
    binaryPath: null,
    stdin: null,
    precomputed: null,
    parentTaskId: null,
    ...changes,
  }
}

export const quietLogger: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** A logger that remembers the names of what it was told. */
export function recordingLogger(): Logger & { readonly events: string[] } {
  const events: string[] = []
  const record = (event: string): void => {
    events.push(event)
  }
  return { events, debug: record, info: record, warn: record, error: record }
}

/** Resolves when the condition holds; rejects after a generous deadline that only ends a hang. */
export async function waitUntil(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const giveUpAt = performance.now() + 10_000
  while (!(await condition())) {
    if (performance.now() > giveUpAt) throw new Error(`never happened: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
