import { LogError } from '@drakkar/plugin-sdk'
import type { CommitRequest, CommitResult } from '@drakkar/plugin-sdk/log'
import { createFakeClock } from '@drakkar/plugin-sdk/testing'
import { describe, expect, it } from 'vitest'
import { createRecordingAppLogger } from '../../../test/support/recording-app-logger.ts'
import { createGate } from '../../../test/support/waiting.ts'
import { createCounters } from '../../observability/pipeline-counters.ts'
import { Committer, commitIntervalMs, commitRetryMs, flushRetryMs, type Committable } from './committer.ts'

class FakeAssignment implements Committable {
  readonly partition: number
  epoch = 1
  due: number | null = null
  acknowledged: number[] = []

  constructor(partition: number, due: number | null = null) {
    this.partition = partition
    this.due = due
  }

  commitRequest(): CommitRequest | null {
    return this.due === null ? null : { partition: this.partition, epoch: this.epoch, offset: this.due }
  }

  acknowledgeCommit(offset: number): void {
    this.acknowledged.push(offset)
    if (this.due !== null && this.due <= offset) this.due = null
  }
}

const accept = (requests: readonly CommitRequest[]): CommitResult => ({ committed: requests, refused: [] })

function committerOf(
  assignments: readonly Committable[],
  options: {
    commit?: (requests: readonly CommitRequest[], call: number) => CommitResult | Promise<CommitResult>
  } = {},
) {
  const clock = createFakeClock()
  const stats = createCounters()
  const logger = createRecordingAppLogger()
  const calls: string[] = []
  const committer = new Committer({
    assignments: () => assignments,
    commit: async (requests) => {
      calls.push(requests.map(({ partition, offset }) => `${partition}:${offset}`).join(' '))
      return (options.commit ?? accept)(requests, calls.length)
    },
    clock,
    stats,
    logger,
  })
  return { committer, clock, stats, logger, calls }
}

describe('nudge', () => {
  it('commits all partitions that moved together', async () => {
    const [a, b, c] = [new FakeAssignment(0, 5), new FakeAssignment(1), new FakeAssignment(2, 7)]
    const { committer, clock, calls, stats } = committerOf([a, b, c])
    committer.nudge()
    await clock.advance(0)
    expect(calls).toEqual(['0:5 2:7'])
    expect([a.acknowledged, b.acknowledged, c.acknowledged, stats.commits]).toEqual([[5], [], [7], 2])
  })

  it('many times costs one commit, and the next waits its interval', async () => {
    const a = new FakeAssignment(0, 1)
    const { committer, clock, calls } = committerOf([a])
    for (let count = 0; count < 100; count += 1) committer.nudge()
    await clock.advance(0)
    a.due = 2
    committer.nudge()
    a.due = 3
    committer.nudge()
    await clock.advance(commitIntervalMs - 1)
    expect(calls).toEqual(['0:1'])
    await clock.advance(1)
    expect(calls).toEqual(['0:1', '0:3'])
    await clock.advance(60_000)
    expect(calls).toHaveLength(2)
  })

  it('has one commit in flight at a time', async () => {
    const gate = createGate()
    const a = new FakeAssignment(0, 1)
    const { committer, clock, calls } = committerOf([a], {
      commit: async (requests) => {
        await gate.opened
        return accept(requests)
      },
    })
    committer.nudge()
    await clock.advance(0)
    a.due = 2
    committer.nudge()
    await clock.advance(60_000)
    expect(calls).toEqual(['0:1'])
    gate.open()
    await clock.advance(commitIntervalMs)
    expect(calls).toEqual(['0:1', '0:2'])
  })

  it('tries a failed commit again by itself, with what is committable then', async () => {
    const a = new FakeAssignment(0, 1)
    const { committer, clock, calls, stats, logger } = committerOf([a], {
      commit: (requests, call) => {
        if (call === 1) throw new LogError({ kind: 'transient', code: 'DRK_LOG_FAILED', message: 'at redis://a:secret@h' })
        return accept(requests)
      },
    })
    committer.nudge()
    await clock.advance(0)
    a.due = 4
    await clock.advance(commitRetryMs - 1)
    expect([calls, a.acknowledged]).toEqual([['0:1'], []])
    await clock.advance(1)
    expect([calls, a.acknowledged, stats.commitFailures]).toEqual([['0:1', '0:4'], [4], 1])
    expect(logger.entries.find(({ event }) => event === 'commit_failed')?.fields).toMatchObject({
      kind: 'transient',
      error: 'at redis://***:***@h',
    })
  })

  it('tries a refused commit again', async () => {
    const a = new FakeAssignment(0, 1)
    const { committer, clock, calls } = committerOf([a], {
      commit: (requests, call) => (call === 1 ? { committed: [], refused: requests } : accept(requests)),
    })
    committer.nudge()
    await clock.advance(commitRetryMs)
    expect([calls, a.acknowledged]).toEqual([['0:1', '0:1'], [1]])
  })

  it('after stop does nothing', async () => {
    const { committer, clock, calls } = committerOf([new FakeAssignment(0, 1)])
    await committer.stop()
    committer.nudge()
    await clock.advance(60_000)
    expect(calls).toEqual([])
    expect(await committer.commitNow()).toBe('accepted')
    expect(calls).toEqual(['0:1'])
  })
})

describe('commitNow', () => {
  it('has made its request when it returns', () => {
    const { committer, calls } = committerOf([new FakeAssignment(0, 3)])
    void committer.commitNow()
    expect(calls).toEqual(['0:3'])
  })

  it('acknowledges nothing that the log accepted for another epoch', async () => {
    const a = new FakeAssignment(0, 3)
    const { committer } = committerOf([a], {
      commit: (requests) => accept(requests.map((request) => ({ ...request, epoch: request.epoch - 1 }))),
    })
    await committer.commitNow()
    expect(a.acknowledged).toEqual([])
  })

  it('says what was refused and acknowledges the others', async () => {
    const [a, b] = [new FakeAssignment(0, 3), new FakeAssignment(1, 4)]
    const { committer } = committerOf([a, b], { commit: ([first, ...others]) => ({ committed: [first!], refused: others }) })
    expect(await committer.commitNow()).toBe('refused')
    expect([a.acknowledged, b.acknowledged]).toEqual([[3], []])
  })

  it('without anything due asks nobody', async () => {
    const { committer, calls } = committerOf([new FakeAssignment(0)])
    expect(await committer.commitNow()).toBe('accepted')
    expect(calls).toEqual([])
  })
})

describe('flush', () => {
  const rebalancing = new LogError({ kind: 'transient', code: 'DRK_LOG_FAILED', message: 'rebalance in progress' })

  it('tries a commit that fails again, with what is committable then', async () => {
    const a = new FakeAssignment(0, 1)
    const { committer, clock, calls } = committerOf([a], {
      commit: (requests, call) => (call < 3 ? Promise.reject(rebalancing) : accept(requests)),
    })
    const flushed = committer.flush(10_000)
    await clock.advance(flushRetryMs)
    a.due = 4
    await clock.advance(flushRetryMs)
    expect(await flushed).toBe(true)
    expect([calls, a.acknowledged]).toEqual([['0:1', '0:1', '0:4'], [4]])
    expect(clock.sleeping).toBe(0)
  })

  it('does not try again what is refused: it is somebody else’s', async () => {
    const { committer, calls } = committerOf([new FakeAssignment(0, 1)], {
      commit: (requests) => ({ committed: [], refused: requests }),
    })
    expect(await committer.flush(10_000)).toBe(false)
    expect(calls).toEqual(['0:1'])
  })

  it.each([
    ['fails', () => Promise.reject(rebalancing)],
    ['does not return', () => new Promise<never>(() => undefined)],
  ])('ends at its limit when the commit %s', async (_, commit) => {
    const { committer, clock, calls } = committerOf([new FakeAssignment(0, 1)], { commit })
    const flushed = committer.flush(flushRetryMs * 3.5)
    await clock.advance(flushRetryMs * 3.5)
    expect(await flushed).toBe(false)
    const made = calls.length
    await clock.advance(60_000)
    expect([calls.length, clock.sleeping]).toEqual([made, 0])
  })
})
