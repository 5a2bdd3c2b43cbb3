import { expect, it } from 'vitest'
import { fakeIo } from '../test/fake-io.ts'
import { logContext } from './log-options.ts'

it('writes each warning of a client once, and never that an embedded log is one', () => {
  const io = fakeIo()
  const { logger } = logContext(io, 'w')
  for (const attempt of [1, 2, 3]) logger.warn('kafka_client', { message: 'no broker', attempt })
  logger.warn('kafka_client', { message: 'other' })
  logger.warn('embedded_log_in_use', { path: 'x' })
  logger.info('connected')
  expect(io.errors().trimEnd().split('\n')).toEqual([
    'warning: kafka_client message=no broker attempt=1',
    'warning: kafka_client message=other',
  ])
})
