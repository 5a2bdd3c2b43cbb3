import { describe, expect, it } from 'vitest'
import { taskOf } from '../../../test/executor/executor-fixtures.ts'
import { interpretExit, spawnFailed, type ExitFacts } from './interpret-exit.ts'
import type { ProcessEnd } from './spawner.ts'

const task = taskOf({})

function facts(end: Partial<ProcessEnd>, changes: Partial<ExitFacts> = {}): ExitFacts {
  return {
    task,
    pid: 77,
    end: {
      exitCode: 0,
      signal: null,
      stdout: Buffer.from('out'),
      stderr: Buffer.from('err'),
      truncated: { stdout: false, stderr: false },
      overflowed: false,
      outputHeldOpen: false,
      groupSurvived: false,
      ...end,
    },
    stopReason: null,
    durationMs: 1234.5678,
    timeoutSeconds: 1.5,
    maxOutputBytes: 10,
    wasOutOfMemory: false,
    ...changes,
  }
}

describe('interpretExit', () => {
  it('completes with exit code 0, whatever was truncated', () => {
    expect(interpretExit(facts({ truncated: { stdout: true, stderr: false } }))).toEqual({
      status: 'completed',
      result: {
        task,
        exitCode: 0,
        stdout: 'out',
        stderr: 'err',
        stdoutBytes: Buffer.from('out'),
        stderrBytes: Buffer.from('err'),
        durationSeconds: 1.235,
        pid: 77,
        signal: null,
        truncated: { stdout: true, stderr: false },
      },
    })
  })

  it.each([
    ['an exit code', facts({ exitCode: 5 }), 'exit', 5, 5, null],
    ['a signal', facts({ exitCode: null, signal: 'SIGSEGV' }), 'signal', -11, -11, 'ended by SIGSEGV'],
    ['a foreign SIGKILL', facts({ exitCode: null, signal: 'SIGKILL' }), 'signal', -9, -9, 'ended by SIGKILL that Drakkar did not send'],
    [
      'want of memory',
      facts({ exitCode: null, signal: 'SIGKILL' }, { wasOutOfMemory: true }),
      'signal',
      -9,
      -9,
      'ended by SIGKILL: out of memory',
    ],
    ['no status at all', facts({ exitCode: null }), 'exit', -1, -1, 'ended without an exit status'],
    ['a time-out', facts({ exitCode: null, signal: 'SIGKILL' }, { stopReason: 'timeout' }), 'timeout', -1, null, 'Timeout after 1.5s'],
    ['a time-out ended tidily', facts({ exitCode: 0 }, { stopReason: 'timeout' }), 'timeout', -1, null, 'Timeout after 1.5s'],
    ['a cancellation', facts({ exitCode: 0 }, { stopReason: 'cancelled' }), 'cancelled', -1, null, 'cancelled while it ran'],
    ['too much output', facts({ exitCode: 0, overflowed: true }), 'output_limit', -1, null, 'more than 10 bytes of output in one stream'],
  ] as const)('fails for %s', (...[, given, kind, resultCode, errorCode, exception]) => {
    const outcome = interpretExit(given)
    expect(outcome).toMatchObject({
      status: 'failed',
      result: { exitCode: resultCode, stdout: 'out' },
      error: { kind, exitCode: errorCode, exception, pid: 77 },
    })
  })

  it('keeps what the program wrote before a time-out, under the text of the error (EXE-11, EXE-16)', () => {
    expect(interpretExit(facts({}, { stopReason: 'timeout' }))).toMatchObject({
      error: { stderr: 'task timed out', result: { stdout: 'out', stderr: 'err' } },
    })
  })
})

it('fails a program that could not start without exit code and pid', () => {
  const shape = { status: 'failed', result: { exitCode: -1, pid: null, stdout: '' } }
  expect(spawnFailed(task, { kind: 'spawn', code: 'ENOENT', message: 'gone' })).toMatchObject({
    ...shape,
    error: { kind: 'spawn', exitCode: null, exception: 'gone' },
  })
  expect(spawnFailed(task, { kind: 'poison', code: 'E2BIG', message: 'big' })).toMatchObject({
    ...shape,
    error: { kind: 'poison', exitCode: null, exception: 'big' },
  })
})
