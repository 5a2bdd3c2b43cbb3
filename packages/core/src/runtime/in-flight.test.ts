import { describe, expect, it } from 'vitest'
import { turn } from '../../test/support/values.ts'
import { createGate } from '../../test/support/waiting.ts'
import { InFlight } from './in-flight.ts'

describe('InFlight', () => {
  it('is idle at once when nothing runs', async () => {
    const work = new InFlight(() => undefined)
    await work.idle()
    expect(work.count).toBe(0)
  })

  it('waits also for work that is started while it waits', async () => {
    const work = new InFlight(() => undefined)
    const [first, second] = [createGate(), createGate()]
    let idle = false
    work.track(first.opened.then(() => work.track(second.opened)))
    void work.idle().then(() => {
      idle = true
    })
    first.open()
    await turn()
    expect([work.count, idle]).toEqual([1, false])
    second.open()
    await turn()
    expect([work.count, idle]).toEqual([0, true])
  })

  it('tells of work that rejects, and counts it as ended', async () => {
    const defects: unknown[] = []
    const work = new InFlight((error) => defects.push(error))
    work.track(Promise.reject(new Error('bug')))
    await work.idle()
    expect(defects).toEqual([new Error('bug')])
  })
})
