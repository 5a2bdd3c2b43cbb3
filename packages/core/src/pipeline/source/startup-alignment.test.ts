import { createFakeClock } from '@drakkar/plugin-sdk/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRecordingAppLogger } from '../../../test/support/recording-app-logger.ts'
import { alignedStartMs, waitForAlignedStart } from './startup-alignment.ts'

const never = new AbortController().signal
const alignment = { minWaitMs: 4000, intervalMs: 10_000 }

describe('alignedStartMs', () => {
  it.each([
    [100_000, 110_000],
    [105_999, 110_000],
    [106_000, 110_000],
    [106_001, 120_000],
  ])('at %i ms waits at least the minimum and then for the boundary: %i', (nowMs, expected) => {
    expect(alignedStartMs(nowMs, alignment)).toBe(expected)
  })

  it('is the first boundary behind the minimum, whatever the time', () => {
    fc.assert(
      fc.property(fc.nat(2_000_000_000_000), fc.nat(100_000), fc.integer({ min: 1, max: 3600 }), (nowMs, minWaitMs, seconds) => {
        const intervalMs = seconds * 1000
        const targetMs = alignedStartMs(nowMs, { minWaitMs, intervalMs })
        expect(targetMs % intervalMs).toBe(0)
        expect(targetMs - (nowMs + minWaitMs)).toBeGreaterThanOrEqual(0)
        expect(targetMs - (nowMs + minWaitMs)).toBeLessThan(intervalMs)
      }),
    )
  })
})

describe('waitForAlignedStart', () => {
  it('waits until the boundary and says so', async () => {
    const clock = createFakeClock(1_700_000_003_500)
    const logger = createRecordingAppLogger()
    let done = false
    const waited = waitForAlignedStart(alignment, { clock, logger, signal: never }).then(() => (done = true))
    await clock.advance(6499)
    expect(done).toBe(false)
    await clock.advance(1)
    await waited
    expect(clock.now()).toBe(1_700_000_010_000)
    expect(logger.entries.map(({ event, fields }) => [event, fields])).toEqual([
      [
        'startup_align_waiting',
        { min_wait_seconds: 4, interval_seconds: 10, target_epoch: 1_700_000_010, target_iso: '2023-11-14T22:13:30.000Z' },
      ],
      ['startup_align_done', { slept_seconds: 6.5 }],
    ])
  })

  it('ends at once when the start is given up', async () => {
    const clock = createFakeClock()
    const logger = createRecordingAppLogger()
    const stop = new AbortController()
    const waited = waitForAlignedStart(alignment, { clock, logger, signal: stop.signal })
    stop.abort()
    await expect(waited).rejects.toThrow('aborted')
    expect([clock.sleeping, logger.events()]).toEqual([0, ['startup_align_waiting']])
  })
})
