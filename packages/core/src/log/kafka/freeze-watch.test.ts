import { describe, expect, it } from 'vitest'

import { FreezeWatch, wasGivenUp } from './freeze-watch.ts'

const session = { sessionTimeoutMs: 10_000 }

describe('wasGivenUp', () => {
  it('when the process stood still past the session', () => {
    expect(wasGivenUp({ ...session, stoodStillMs: 10_100, sinceContactMs: 10_400 })).toBe(true)
    expect(wasGivenUp({ ...session, stoodStillMs: 9_800, sinceContactMs: 10_200 })).toBe(true)
  })

  it('not when the process ran and the broker did not answer, nor while the session lasts', () => {
    expect(wasGivenUp({ ...session, stoodStillMs: 250, sinceContactMs: 60_000 })).toBe(false)
    expect(wasGivenUp({ ...session, stoodStillMs: 9_000, sinceContactMs: 9_400 })).toBe(false)
  })
})

describe('FreezeWatch', () => {
  function setUp() {
    let nowMs = 0
    let frozen = 0
    const watch = new FreezeWatch({ ...session, now: () => nowMs, onFrozen: () => void (frozen += 1) })
    const after = (milliseconds: number): void => {
      nowMs += milliseconds
      watch.check()
    }
    return { watch, after, frozen: () => frozen }
  }

  it('reports a freeze once, from whichever step notices it first', () => {
    const { watch, after, frozen } = setUp()
    watch.start()
    after(11_000)
    after(1)
    after(250)
    watch.stop()
    expect(frozen()).toBe(1)
  })

  it('counts from the last answer of the group', () => {
    const { watch, after, frozen } = setUp()
    watch.start()
    after(6_000)
    watch.noteContact()
    after(6_000)
    watch.stop()
    expect(frozen()).toBe(0)
  })

  it('says nothing before it is started and after it is stopped', () => {
    const { watch, after, frozen } = setUp()
    after(20_000)
    watch.start()
    watch.stop()
    after(20_000)
    expect(frozen()).toBe(0)
  })
})
