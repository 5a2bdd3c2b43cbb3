import { ConfigError, LogError, PluginError, SinkError } from '@drakkar/plugin-sdk'
import { expect, it } from 'vitest'
import { reportError } from './report-error.ts'
import { UsageError } from './usage-error.ts'

it.each([
  { error: new UsageError('x'), exitCode: 2 },
  { error: new ConfigError({ code: 'DRK_CONFIG_INVALID', message: 'x' }), exitCode: 2 },
  { error: new PluginError({ code: 'DRK_PLUGIN_CONFLICT', message: 'x', sinkType: 's3' }), exitCode: 2 },
  { error: new LogError({ kind: 'transient', message: 'x' }), exitCode: 3 },
  { error: new SinkError({ kind: 'permanent', message: 'x', code: 'DRK_SINK_CONNECT_FAILED' }), exitCode: 3 },
  { error: new TypeError('x'), exitCode: 4 },
  { error: 'x', exitCode: 4 },
])('ends with $exitCode for $error', ({ error, exitCode }) => {
  expect(reportError(error).exitCode).toBe(exitCode)
})

it('lists the problems of a configuration, one per line', () => {
  const problems = [
    { path: 'a.b', message: 'must be 1', origin: 'd.yaml', line: 3, column: 5 },
    { path: 'c', message: 'is unknown', origin: 'environment DRAKKAR_C' },
    { path: '', message: 'two sources' },
  ]
  expect(reportError(new ConfigError({ code: 'DRK_CONFIG_INVALID', message: 'x', problems })).lines).toEqual([
    'd.yaml:3:5 a.b: must be 1',
    'environment DRAKKAR_C c: is unknown',
    'two sources',
    '3 problems',
  ])
})

it('gives message, code and cause, without secrets', () => {
  const cause = new Error('connect to kafka://u:hunter2@h failed')
  const { lines } = reportError(new LogError({ kind: 'transient', message: 'password=hunter2 refused', cause }))
  expect(lines).toEqual(['error: password=*** refused (DRK_LOG_FAILED)', '  caused by: connect to kafka://***:***@h failed'])
})

it('gives the remedy of a code that has one', () => {
  const { lines } = reportError(new LogError({ kind: 'permanent', message: 'x', code: 'DRK_LOG_TOPIC_MISSING' }))
  expect(lines).toEqual(['error: x (DRK_LOG_TOPIC_MISSING)', '  Create the topic, or correct its name.'])
})

it('shows the stack of a defect only', () => {
  expect(reportError(new TypeError('oops')).lines.join('\n')).toContain('report-error.test.ts')
  expect(reportError(new UsageError('oops')).lines).toEqual(['error: oops'])
})
