import { expect, it } from 'vitest'
import { taskOf } from '../../../test/executor/executor-fixtures.ts'
import { precomputedOutcome } from './precomputed.ts'

it('fills in the defaults', () => {
  const task = taskOf({})
  expect(precomputedOutcome(task, {})).toEqual({
    status: 'completed',
    result: {
      task,
      exitCode: 0,
      stdout: '',
      stderr: '',
      stdoutBytes: Buffer.alloc(0),
      stderrBytes: Buffer.alloc(0),
      durationSeconds: 0,
      pid: null,
      signal: null,
      truncated: { stdout: false, stderr: false },
    },
  })
})

it('carries its text as bytes too and rounds its duration', () => {
  const { result } = precomputedOutcome(taskOf({}), { stdout: 'é', stderr: 'e', durationSeconds: 1.23456 })
  expect(result).toMatchObject({ stdout: 'é', stdoutBytes: Buffer.from('é'), stderrBytes: Buffer.from('e'), durationSeconds: 1.235 })
})

it('fails with a non-zero exit code like a process', () => {
  expect(precomputedOutcome(taskOf({}), { exitCode: 4, stderr: 'no' })).toMatchObject({
    status: 'failed',
    error: { kind: 'exit', exitCode: 4, stderr: 'no', exception: null, pid: null },
  })
})
