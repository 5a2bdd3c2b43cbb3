import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FlowControl, shouldPause, type FlowLimits } from './flow-control.ts'
import { FlowShare } from './flow-share.ts'

const limits: FlowLimits = { high: 10, low: 4, maxBytes: 100 }

describe('shouldPause', () => {
  it.each<[paused: boolean, units: number, bytes: number, wanted: boolean]>([
    [false, 9, 99, false],
    [false, 10, 0, true],
    [false, 0, 100, true],
    [true, 9, 0, true],
    [true, 5, 0, true],
    [true, 4, 50, false],
    [true, 4, 51, true],
    [true, 0, 0, false],
  ])('paused %s with %i units and %i bytes: %s', (paused, units, bytes, wanted) => {
    expect(shouldPause(paused, { units, bytes }, limits)).toBe(wanted)
  })

  it('changes only at a limit, and never pauses what is empty', () => {
    const load = fc.record({ units: fc.nat(30), bytes: fc.nat(300) })
    fc.assert(
      fc.property(fc.boolean(), load, (paused, at) => {
        const next = shouldPause(paused, at, limits)
        if (at.units >= limits.high || at.bytes >= limits.maxBytes) expect(next).toBe(true)
        else if (at.units === 0 && at.bytes === 0) expect(next).toBe(false)
        else if (next !== paused) expect(at.units <= limits.low && at.bytes <= limits.maxBytes / 2 && paused).toBe(true)
        expect(shouldPause(next, at, limits)).toBe(next)
      }),
    )
  })
})

function flowThatTells(changes: boolean[]): FlowControl {
  const flow = new FlowControl(limits)
  flow.listen({ onPause: (paused) => changes.push(paused) })
  return flow
}

describe('FlowControl', () => {
  it('tells whoever joins later that the source has to rest', () => {
    const changes: boolean[] = []
    const flow = new FlowControl(limits)
    flow.throttle('a', true)
    flow.listen({ onPause: (paused) => changes.push(paused) })
    flow.throttle('a', false)
    expect(changes).toEqual([true, false])
  })

  it('tells of every change once, and of nothing else', () => {
    const changes: boolean[] = []
    const flow = flowThatTells(changes)
    for (const units of [9, 1, 5, -10, -1, 1, 6]) flow.add(units, 0)
    expect(changes).toEqual([true, false, true])
    expect([flow.load, flow.paused]).toEqual([{ units: 11, bytes: 0 }, true])
  })

  it('rests while anybody wants it to, and flows again when nobody does', () => {
    const changes: boolean[] = []
    const flow = flowThatTells(changes)
    flow.throttle('a', true)
    flow.throttle('b', true)
    flow.throttle('a', true)
    expect([flow.throttles, changes]).toEqual([['a', 'b'], [true]])
    flow.throttle('a', false)
    flow.add(limits.high, 0)
    flow.throttle('b', false)
    expect([flow.throttles, changes]).toEqual([[], [true]])
    flow.add(-limits.high, 0)
    expect(changes).toEqual([true, false])
    flow.throttle('c', false)
    expect(changes).toEqual([true, false])
  })

  it('gets back all that an assignment still counted for', () => {
    const flow = new FlowControl(limits)
    const [kept, ended] = [new FlowShare(flow), new FlowShare(flow)]
    kept.add(3, 30)
    ended.add(8, 60)
    ended.add(-2, -10)
    expect(flow.paused).toBe(true)
    ended.release()
    ended.release()
    expect([flow.load, flow.paused]).toEqual([{ units: 3, bytes: 30 }, false])
  })
})
