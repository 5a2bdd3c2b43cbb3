import { describe, expect, it } from 'vitest'
import { settings, taskOf } from '../../../test/executor/executor-fixtures.ts'
import { buildCommand } from './command.ts'

describe('buildCommand', () => {
  it('takes the program of the task before that of the configuration', () => {
    const context = { settings: settings({ binary_path: '/configured' }), environment: {} }
    expect(buildCommand(taskOf({ binaryPath: '/own' }), context)?.file).toBe('/own')
    expect(buildCommand(taskOf({}), context)?.file).toBe('/configured')
  })

  it('is null without any program', () => {
    expect(buildCommand(taskOf({}), { settings: settings({ binary_path: null }), environment: {} })).toBe(null)
  })

  it('carries arguments, stdin, environment and caps', () => {
    const task = taskOf({ args: ['a b', '$(c)'], stdin: '', env: { B: '2' } })
    const configured = settings({ binary_path: '/x', max_output_bytes: 10, output_overflow: 'fail' })
    expect(buildCommand(task, { settings: configured, environment: { A: '1' }, traceparent: 't' })).toEqual({
      file: '/x',
      args: ['a b', '$(c)'],
      env: { A: '1', B: '2', TRACEPARENT: 't' },
      stdin: '',
      maxOutputBytes: 10,
      overflow: 'fail',
    })
  })
})
