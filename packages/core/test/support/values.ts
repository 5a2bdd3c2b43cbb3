/** Messages, results and errors as tests of single parts need them. */
import type { LogRecord } from '@drakkar/plugin-sdk/log'
import { MessageProgress } from '../../src/pipeline/collect/message-progress.ts'
import { OpenWindow } from '../../src/pipeline/window/open-window.ts'
import { task } from '../../src/model/make-task.ts'
import type { SourceMessage } from '../../src/model/message.ts'
import type { ExecutorError, ExecutorResult, ExecutorTask } from '../../src/model/task.ts'

export function messageAt(offset: number, overrides: Partial<SourceMessage> = {}): SourceMessage {
  return {
    topic: 'input',
    partition: 0,
    offset,
    key: Buffer.from(`k${offset}`),
    value: Buffer.from(`{"n":${offset}}`),
    isTombstone: false,
    headers: [],
    timestamp: 1_700_000_000_000 + offset,
    payload: { n: offset },
    ...overrides,
  }
}

export function recordAt(offset: number, overrides: Partial<LogRecord> = {}): LogRecord {
  return {
    topic: 'input',
    partition: 0,
    offset,
    key: null,
    value: Buffer.from(`{"n":${offset}}`),
    headers: [],
    timestamp: 1_700_000_000_000 + offset,
    ...overrides,
  }
}

export function resultOf(of: ExecutorTask = task({ taskId: 't' }), overrides: Partial<ExecutorResult> = {}): ExecutorResult {
  return {
    task: of,
    exitCode: 0,
    stdout: 'out',
    stderr: '',
    stdoutBytes: Buffer.from('out'),
    stderrBytes: Buffer.alloc(0),
    durationSeconds: 0.001,
    pid: 42,
    signal: null,
    truncated: { stdout: false, stderr: false },
    ...overrides,
  }
}

export function errorOf(of: ExecutorTask = task({ taskId: 't' }), overrides: Partial<ExecutorError> = {}): ExecutorError {
  const result = resultOf(of, { exitCode: 3, stderr: 'bad' })
  return { task: of, kind: 'exit', exitCode: 3, stderr: 'bad', exception: null, pid: 42, result, ...overrides }
}

export function windowAt(startedAtMs = 0, id = 1): OpenWindow {
  return new OpenWindow({ id, partition: 0, startedAtMs })
}

/** The progress of a message whose window has been arranged. */
export function progressOf(message: SourceMessage, startedAtMs = 0): MessageProgress {
  const progress = new MessageProgress(message, windowAt(startedAtMs))
  progress.markArranged()
  return progress
}

/** Lets everything that is ready to run, run. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
