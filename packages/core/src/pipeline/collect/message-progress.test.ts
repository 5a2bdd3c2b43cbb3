import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { errorOf, messageAt, progressOf, resultOf, windowAt } from '../../../test/support/values.ts'
import { task } from '../../model/make-task.ts'
import { MessageProgress } from './message-progress.ts'

describe('MessageProgress', () => {
  it('of a message without tasks closes at once, with an empty group', () => {
    const progress = progressOf(messageAt(5), 1000)
    expect(progress.close()).toBe(true)
    expect(progress.group(3500)).toMatchObject({
      sourceMessage: { offset: 5 },
      isEmpty: true,
      total: 0,
      allSucceeded: false,
      anyFailed: false,
      startedAt: 1,
      finishedAt: 3.5,
      durationSeconds: 2.5,
    })
  })

  it('never has a negative duration', () => {
    expect(progressOf(messageAt(5), 1000).group(500).durationSeconds).toBe(0)
  })

  it('counts bytes of key and value, and units of tasks but at least one', () => {
    const progress = progressOf(messageAt(5, { key: Buffer.from('abc'), value: Buffer.from('12345') }), 0)
    const units = [progress.units]
    for (let count = 0; count < 2; count += 1) {
      progress.addTask(task({ taskId: `t${count}` }))
      units.push(progress.units)
    }
    expect([progress.bytes, units, progress.taskIds]).toEqual([8, [1, 1, 2], ['t0', 't1']])
    expect(progressOf(messageAt(1, { key: null, value: Buffer.alloc(0) }), 0).bytes).toBe(0)
  })

  it('counts the output it keeps, and tasks only while they are under way', () => {
    const progress = progressOf(messageAt(5, { key: null, value: Buffer.alloc(10) }), 0)
    for (let count = 0; count < 3; count += 1) progress.addTask(task({}))
    progress.addResult(resultOf(task({}), { stdoutBytes: Buffer.alloc(100), stderrBytes: Buffer.alloc(5) }))
    progress.endTask(true)
    expect([progress.bytes, progress.units]).toEqual([115, 2])
  })

  it('of a message that was dead-lettered as a whole never completes by itself', () => {
    const progress = progressOf(messageAt(5), 0)
    progress.closeAsDead()
    expect([progress.close(), progress.isClosed]).toEqual([false, true])
  })

  it('of a message whose own window has not been arranged does not close, whatever tasks of other windows come to', () => {
    const progress = new MessageProgress(messageAt(5), windowAt())
    progress.addTask(task({}))
    progress.endTask(true)
    expect(progress.close()).toBe(false)
    progress.markArranged()
    expect(progress.close()).toBe(true)
  })

  it('of a message one of whose tasks was given up never closes', () => {
    const progress = progressOf(messageAt(5), 0)
    progress.addTask(task({}))
    progress.endTask(false)
    expect(progress.close()).toBe(false)
  })

  it('closes exactly once, when the last task has ended; total = succeeded + failed + replaced (TSK-7)', () => {
    const ends = fc.array(fc.constantFrom('succeeded', 'failed', 'replaced'), { maxLength: 8 })
    fc.assert(
      fc.property(ends, fc.nat(3), (plan, extraCloses) => {
        const progress = progressOf(messageAt(5), 0)
        for (const [index] of plan.entries()) progress.addTask(task({ taskId: `t${index}` }))
        for (const [index, end] of plan.entries()) {
          if (index > 0) expect(progress.close()).toBe(false)
          if (end === 'succeeded') progress.addResult(resultOf())
          if (end === 'failed') progress.addError(errorOf())
          progress.endTask(true)
        }
        expect(progress.close()).toBe(true)
        for (let count = 0; count < extraCloses; count += 1) expect(progress.close()).toBe(false)
        const group = progress.group(1)
        const count = (kind: string) => plan.filter((end) => end === kind).length
        expect([group.succeeded, group.failed, group.replaced]).toEqual([count('succeeded'), count('failed'), count('replaced')])
        expect(group.total).toBe(group.succeeded + group.failed + group.replaced)
        expect([group.anyFailed, group.allSucceeded]).toEqual([count('failed') > 0, count('failed') === 0 && count('succeeded') > 0])
      }),
    )
  })
})
