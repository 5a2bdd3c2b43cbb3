/** Pure: task and configuration → what is started. */
import type { ExecutorTask } from '../../model/task.ts'
import { taskEnvironment } from './environment.ts'
import type { ExecutorSettings } from './settings.ts'
import type { ProcessCommand } from './spawner.ts'

export interface CommandContext {
  readonly settings: ExecutorSettings
  /** Result of `sharedEnvironment()`. */
  readonly environment: Readonly<Record<string, string>>
  readonly traceparent?: string | undefined
}

/** Null when neither the task nor the configuration names a program (EXE-1). */
export function buildCommand(task: ExecutorTask, context: CommandContext): ProcessCommand | null {
  const { settings } = context
  const file = task.binaryPath ?? settings.binary_path
  if (file === null || file === '') return null
  return {
    file,
    args: task.args,
    env: taskEnvironment({
      shared: context.environment,
      executorEnv: settings.env,
      taskEnv: task.env,
      traceparent: context.traceparent,
    }),
    stdin: task.stdin,
    maxOutputBytes: settings.max_output_bytes,
    overflow: settings.output_overflow,
  }
}
