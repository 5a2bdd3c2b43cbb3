/** Pure: how a process ended → the outcome of its task (EXE-7…11, TSK-3, TSK-4). */
import { constants } from 'node:os'
import type { ExecutorError, ExecutorErrorKind, ExecutorResult, ExecutorTask, TaskOutcome } from '../../model/task.ts'
import { decodeOutput } from './decode-output.ts'
import type { SpawnFailure } from './spawn-failure.ts'
import type { ProcessEnd } from './spawner.ts'
import type { StopReason } from './supervise.ts'

const notByItself = -1

export interface ExitFacts {
  readonly task: ExecutorTask
  readonly pid: number
  readonly end: ProcessEnd
  readonly stopReason: StopReason
  readonly durationMs: number
  readonly timeoutSeconds: number
  readonly maxOutputBytes: number
  /** The kernel's out-of-memory killer was at work since the last time it was asked. */
  readonly wasOutOfMemory: boolean
}

interface Verdict {
  readonly kind: ExecutorErrorKind
  /** Of the error. */
  readonly exitCode: number | null
  readonly exception: string | null
  /** Instead of what the program wrote. */
  readonly stderr?: string
}

export function interpretExit(facts: ExitFacts): TaskOutcome {
  const verdict = judge(facts)
  const result = resultOf(facts, verdict)
  if (verdict === null) return { status: 'completed', result }
  return failed(result, verdict)
}

/** The outcome of a task whose program never started (EXE-1, EXE-10, or cancelled while it waited). */
export function neverStarted(task: ExecutorTask, kind: ExecutorErrorKind, exception: string): TaskOutcome {
  const empty = new Uint8Array(0)
  const result: ExecutorResult = {
    task,
    exitCode: notByItself,
    stdout: '',
    stderr: '',
    stdoutBytes: empty,
    stderrBytes: empty,
    durationSeconds: 0,
    pid: null,
    signal: null,
    truncated: { stdout: false, stderr: false },
  }
  return failed(result, { kind, exitCode: null, exception })
}

/** Pressure never becomes an outcome: the pool tries again. */
export function spawnFailed(task: ExecutorTask, failure: SpawnFailure): TaskOutcome {
  return neverStarted(task, failure.kind === 'poison' ? 'poison' : 'spawn', failure.message)
}

/** Seconds with 3 decimals. */
function toSeconds(durationMs: number): number {
  return Math.round(durationMs) / 1000
}

function failed(result: ExecutorResult, verdict: Verdict): TaskOutcome {
  const error: ExecutorError = {
    task: result.task,
    kind: verdict.kind,
    exitCode: verdict.exitCode,
    stderr: verdict.stderr ?? result.stderr,
    exception: verdict.exception,
    pid: result.pid,
    result,
  }
  return { status: 'failed', result, error }
}

function judge(facts: ExitFacts): Verdict | null {
  const { end, stopReason } = facts
  if (stopReason === 'timeout') {
    return { kind: 'timeout', exitCode: null, exception: `Timeout after ${facts.timeoutSeconds}s`, stderr: 'task timed out' }
  }
  if (stopReason === 'cancelled') return { kind: 'cancelled', exitCode: null, exception: 'cancelled while it ran' }
  if (end.overflowed) {
    return { kind: 'output_limit', exitCode: null, exception: `more than ${facts.maxOutputBytes} bytes of output in one stream` }
  }
  if (end.exitCode === 0) return null
  if (end.signal !== null)
    return { kind: 'signal', exitCode: signalCode(end.signal), exception: signalText(end.signal, facts.wasOutOfMemory) }
  return { kind: 'exit', exitCode: end.exitCode ?? notByItself, exception: end.exitCode === null ? 'ended without an exit status' : null }
}

function resultOf(facts: ExitFacts, verdict: Verdict | null): ExecutorResult {
  const { end } = facts
  return {
    task: facts.task,
    exitCode: verdict === null ? 0 : (verdict.exitCode ?? notByItself),
    stdout: decodeOutput(end.stdout, end.truncated.stdout),
    stderr: decodeOutput(end.stderr, end.truncated.stderr),
    stdoutBytes: end.stdout,
    stderrBytes: end.stderr,
    durationSeconds: toSeconds(facts.durationMs),
    pid: facts.pid,
    signal: end.signal,
    truncated: end.truncated,
  }
}

/** −signal number; −1 for a name this platform does not know. */
function signalCode(signal: string): number {
  const numbers: Readonly<Record<string, number>> = constants.signals
  return -(numbers[signal] ?? 1)
}

function signalText(signal: string, wasOutOfMemory: boolean): string {
  if (signal !== 'SIGKILL') return `ended by ${signal}`
  return wasOutOfMemory ? 'ended by SIGKILL: out of memory' : 'ended by SIGKILL that Drakkar did not send'
}
