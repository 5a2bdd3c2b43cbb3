import { failure, ok, skip } from '@drakkar/plugin-sdk'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { turn } from '../../../test/support/values.ts'
import { createGate } from '../../../test/support/waiting.ts'
import { afterBarrier, FlushBarrier } from './flush-barrier.ts'

describe('a barrier', () => {
  it('is passed by a flush that began after the call; those who come while one runs share the next', async () => {
    const gates = [createGate(), createGate()]
    let flushes = 0
    const barrier = new FlushBarrier(async () => gates[flushes++]?.opened)
    const first = barrier.pass()
    const others = [barrier.pass(), barrier.pass()]
    await turn()
    expect(flushes).toBe(1)
    gates[0]?.open()
    await first
    await turn()
    expect(flushes).toBe(2)
    gates[1]?.open()
    await Promise.all(others)
    expect(flushes).toBe(2)
  })

  it('that fails fails those who wait for the next one too, and is tried anew for whoever comes later', async () => {
    const gate = createGate()
    let flushes = 0
    const barrier = new FlushBarrier(async () => {
      flushes += 1
      if (flushes > 1) return
      await gate.opened
      throw new Error('disk full')
    })
    const ends = Promise.allSettled([barrier.pass(), barrier.pass(), barrier.pass()])
    gate.open()
    expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    await barrier.pass()
    expect(flushes).toBe(2)
  })

  it('never lets a write pass that a failed flush may have covered (model: a disk that tells of an error once)', async () => {
    const steps = fc.array(fc.constantFrom('write', 'turn', 'fail'), { minLength: 1, maxLength: 40, size: 'max' })
    await fc.assert(
      fc.asyncProperty(steps, async (plan) => {
        let unsynced: number[] = []
        const lost = new Set<number>()
        let failing = false
        const barrier = new FlushBarrier(async () => {
          await turn()
          const covered = unsynced
          unsynced = []
          if (!failing) return
          failing = false
          for (const write of covered) lost.add(write)
          throw new Error('EIO')
        })
        const passed: number[] = []
        const ends: Promise<void>[] = []
        for (const [write, step] of plan.entries()) {
          if (step === 'fail') failing = true
          else if (step === 'turn') await turn()
          else {
            unsynced.push(write)
            ends.push(
              barrier.pass().then(
                () => void passed.push(write),
                () => undefined,
              ),
            )
          }
        }
        await Promise.all(ends)
        expect(passed.filter((write) => lost.has(write))).toEqual([])
      }),
    )
  })
})

describe('the answer of a sink after the barrier', () => {
  const items = ['a', 'b', 'c'].map((id) => ({
    id,
    payload: id,
    attempt: 0,
    source: { topic: 't', partition: 0, offsets: [], timestamps: [] },
  }))
  const failing = new FlushBarrier(() => Promise.reject(new Error('disk full')))

  it('is what it was when the flush succeeded', async () => {
    const answer = [ok('a'), skip('b'), ok('c')]
    expect(await afterBarrier(items, answer, new FlushBarrier(async () => undefined))).toBe(answer)
    expect(await afterBarrier(items, undefined, new FlushBarrier(async () => undefined))).toBeUndefined()
  })

  it('has failures where it said yes, when the flush failed', async () => {
    const answer = await afterBarrier(items, [ok('a'), skip('b'), failure('c', 'no')], failing)
    expect(answer).toMatchObject([{ id: 'a', status: 'failure' }, skip('b'), failure('c', 'no')])
    expect(await afterBarrier(items, undefined, failing)).toMatchObject(items.map(({ id }) => ({ id, status: 'failure' })))
  })
})
