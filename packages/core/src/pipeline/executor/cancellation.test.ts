import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { connectCancellation } from './cancellation.ts'

describe('connectCancellation', () => {
  it('puts one listener on a signal for any number of runs', () => {
    const controller = new AbortController()
    const runs = Array.from({ length: 5000 }, () => connectCancellation(controller.signal, undefined))
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
    runs[1]?.disconnect()
    controller.abort()
    expect(runs.filter((run) => !run.whole.isCancelled)).toEqual([runs[1]])
  })

  it('is cancelled at once by a signal that has aborted', () => {
    expect(connectCancellation(AbortSignal.abort(), undefined).whole.isCancelled).toBe(true)
  })

  it('ends only the waiting through the admission, everything through the signal', () => {
    const [whole, admission] = [new AbortController(), new AbortController()]
    const run = connectCancellation(whole.signal, admission.signal)
    admission.abort()
    expect([run.waiting.isCancelled, run.whole.isCancelled]).toEqual([true, false])
    whole.abort()
    expect(run.whole.isCancelled).toBe(true)
  })

  it('calls its listener once, also when it listens late', () => {
    const run = connectCancellation(new AbortController().signal, undefined)
    let calls = 0
    run.whole.listen(() => (calls += 1))
    run.cancel()
    run.cancel()
    expect(calls).toBe(1)
    run.whole.listen(() => (calls += 1))
    expect(calls).toBe(2)
  })
})
