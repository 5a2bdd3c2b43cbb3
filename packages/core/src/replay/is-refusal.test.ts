import { SinkError } from '@drakkar/plugin-sdk'
import { LogError } from '@drakkar/plugin-sdk/log'
import { expect, it } from 'vitest'
import { isRefusal } from './is-refusal.ts'

it.each([
  ['a refused row', new SinkError({ kind: 'permanent', message: 'x' }), true],
  ['a busy sink', new SinkError({ kind: 'transient', message: 'x' }), false],
  ['a sink that asks to wait', new SinkError({ kind: 'throttled', message: 'x' }), false],
  ['a sink without a connection', new SinkError({ kind: 'permanent', code: 'DRK_SINK_CONNECT_FAILED', message: 'x' }), false],
  ['a sink that is not configured', new SinkError({ kind: 'permanent', code: 'DRK_SINK_NOT_CONFIGURED', message: 'x' }), false],
  ['a message that is too large', new LogError({ kind: 'permanent', code: 'DRK_LOG_RECORD_TOO_LARGE', message: 'x' }), true],
  ['a topic that is gone', new LogError({ kind: 'permanent', code: 'DRK_LOG_TOPIC_MISSING', message: 'x' }), false],
  ['a broker that is gone', new LogError({ kind: 'transient', message: 'x' }), false],
  ['a closed producer', new LogError({ kind: 'fatal', message: 'x' }), false],
  ['a defect', new Error('x'), false],
])('%s', (_case, error, expected) => {
  expect(isRefusal(error)).toBe(expected)
})
