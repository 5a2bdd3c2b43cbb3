import { createFakeClock } from '@drakkar/plugin-sdk/testing'
import { describe, expect, it } from 'vitest'
import { createRecordingAppLogger } from '../../../test/support/recording-app-logger.ts'
import { PauseControl, pauseRetryMs } from './pause-control.ts'

/** Calls as `pause 0,1`; the next `failures` of them throw. */
function control(failures = 0) {
  const calls: string[] = []
  const clock = createFakeClock()
  const logger = createRecordingAppLogger()
  let left = failures
  const call = (name: string) => (partitions: readonly number[]) => {
    left -= 1
    if (left >= 0) throw new Error('not now')
    calls.push(`${name} ${partitions.join()}`)
  }
  const pauses = new PauseControl({ consumer: { pause: call('pause'), resume: call('resume') }, clock, logger })
  return { pauses, calls, clock, logger }
}

describe('PauseControl', () => {
  it('tells every change once', () => {
    const { pauses, calls } = control()
    pauses.add([0, 1])
    pauses.setAll(true)
    pauses.setAll(true)
    pauses.setAll(false)
    expect(calls).toEqual(['resume 0,1', 'pause 0,1', 'resume 0,1'])
  })

  it('pauses what is assigned while everything rests, at once', () => {
    const { pauses, calls } = control()
    pauses.setAll(true)
    pauses.add([0])
    pauses.add([3])
    expect(calls).toEqual(['pause 0', 'pause 3'])
  })

  it('lets a partition that comes back flow, although it was paused when it left', () => {
    const { pauses, calls } = control()
    pauses.add([0, 1])
    pauses.setBlocked(0, true)
    pauses.setAll(true)
    pauses.remove([0, 1])
    pauses.setAll(false)
    pauses.add([0])
    expect(calls).toEqual(['resume 0,1', 'pause 0', 'pause 1', 'resume 0'])
  })

  it('keeps a blocked partition paused when the others go on, and the other way round', () => {
    const { pauses, calls } = control()
    pauses.add([0, 1])
    pauses.setBlocked(0, true)
    pauses.setAll(true)
    pauses.setAll(false)
    pauses.setAll(true)
    pauses.setBlocked(0, false)
    pauses.setAll(false)
    expect(calls).toEqual(['resume 0,1', 'pause 0', 'pause 1', 'resume 1', 'pause 1', 'resume 0,1'])
  })

  it('does not block what is not ours', () => {
    const { pauses, calls } = control()
    pauses.setBlocked(0, true)
    pauses.add([0])
    expect(calls).toEqual(['resume 0'])
  })

  it('makes a call that failed again later, as things are then', async () => {
    const { pauses, calls, clock, logger } = control(2)
    pauses.add([0])
    expect([calls, logger.events()]).toEqual([[], ['pause_failed']])
    pauses.setAll(true)
    await clock.advance(pauseRetryMs - 1)
    expect(calls).toEqual([])
    await clock.advance(1)
    expect([calls, logger.events()]).toEqual([['pause 0'], ['pause_failed', 'pause_failed', 'partitions_paused']])
    expect(clock.sleeping).toBe(0)
  })

  it('keeps trying while the call fails, and leaves no timer when it is stopped', async () => {
    const { pauses, calls, clock } = control(4)
    pauses.add([0])
    await clock.advance(pauseRetryMs * 2)
    expect(calls).toEqual([])
    pauses.stop()
    expect(clock.sleeping).toBe(0)
  })

  it('lets nothing flow any more once it is stopped', () => {
    const { pauses, calls } = control()
    pauses.add([0])
    pauses.stop()
    pauses.setAll(false)
    pauses.add([1])
    expect(calls).toEqual(['resume 0', 'pause 0', 'pause 1'])
  })
})
