/** Pure: the outcome of a task that brings its own result (EXE-29…31). */
import type { ExecutorResult, ExecutorTask, PrecomputedResult, TaskOutcome } from '../../model/task.ts'

/** A non-zero exit code fails like that of a process. */
export function precomputedOutcome(task: ExecutorTask, precomputed: PrecomputedResult): TaskOutcome {
  const { stdout = '', stderr = '', exitCode = 0, durationSeconds = 0 } = precomputed
  const result: ExecutorResult = {
    task,
    exitCode,
    stdout,
    stderr,
    stdoutBytes: Buffer.from(stdout),
    stderrBytes: Buffer.from(stderr),
    durationSeconds: Math.round(durationSeconds * 1000) / 1000,
    pid: null,
    signal: null,
    truncated: { stdout: false, stderr: false },
  }
  if (exitCode === 0) return { status: 'completed', result }
  return { status: 'failed', result, error: { task, kind: 'exit', exitCode, stderr, exception: null, pid: null, result } }
}
