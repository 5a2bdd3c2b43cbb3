import { describe, expect, it } from 'vitest'
import { createRecordingAppLogger } from '../../test/support/recording-app-logger.ts'
import { turn } from '../../test/support/values.ts'
import { CloseStack } from './close-stack.ts'

const unlimited = { step: (work: Promise<unknown>) => work.then(() => true) }

describe('CloseStack', () => {
  it('closes in reverse order, one after the other, past failures, and once', async () => {
    const logger = createRecordingAppLogger()
    const stack = new CloseStack(logger)
    const order: string[] = []
    const step = (name: string) => async () => {
      order.push(`${name} begins`)
      await Promise.resolve()
      order.push(`${name} ends`)
    }
    stack.push('log', step('log'))
    stack.push('broken', () => Promise.reject(new Error('stuck')))
    stack.push('throwing', () => {
      throw new Error('sync')
    })
    stack.push('sinks', step('sinks'))
    await stack.close(unlimited)
    await stack.close(unlimited)
    expect(order).toEqual(['sinks begins', 'sinks ends', 'log begins', 'log ends'])
    expect(logger.entries.map(({ event, fields }) => [event, fields['step']])).toEqual([
      ['close_failed', 'throwing'],
      ['close_failed', 'broken'],
    ])
  })

  it('closes one step out of turn, once, whatever it does', async () => {
    const logger = createRecordingAppLogger()
    const stack = new CloseStack(logger)
    const closed: string[] = []
    for (const name of ['a', 'b', 'c']) {
      stack.push(name, async () => {
        closed.push(name)
        if (name === 'b') throw new Error('stuck')
      })
    }
    await stack.closeStep('b', unlimited)
    await stack.closeStep('b', unlimited)
    await stack.closeStep('unknown', unlimited)
    await stack.close(unlimited)
    expect([closed, logger.events()]).toEqual([['b', 'c', 'a'], ['close_failed']])
  })

  it('goes on past a step that does not end, and says so', async () => {
    const logger = createRecordingAppLogger()
    const stack = new CloseStack(logger)
    const closed: string[] = []
    const stuck = new Promise<void>(() => undefined)
    stack.push('log', async () => void closed.push('log'))
    stack.push('sinks', () => stuck)
    const impatient = { step: (work: Promise<unknown>) => Promise.race([work.then(() => true), turn().then(() => false)]) }
    await stack.close(impatient)
    expect(closed).toEqual(['log'])
    expect(logger.entries.map(({ event, fields }) => [event, fields])).toEqual([
      ['close_failed', { step: 'sinks', error: 'has not ended in time' }],
    ])
  })
})
