/** The source is paused when the group rebalances: kept partitions stay paused, moved ones begin, and all go on afterwards. */
import type { LedgerLine } from '../judge/ledger-line.ts'
import type { Scenario } from '../scenario.ts'
import { join, startPair, unmoved } from './group.ts'

export const backpressure: Scenario = {
  name: 'backpressure',
  lab: {
    tasks: { minMs: 500, maxMs: 1500, perPartition: 2 },
    backlog: 40,
    executor: { max_executors: 48, backpressure_high_multiplier: 2, backpressure_low_multiplier: 1 },
  },
  costs: { join: 'graceful' },
  async play(lab) {
    await startPair(lab)
    await lab.event('join', () => join(lab, 'w3'), { watchMs: 8000 })
    const truth = await lab.finish()
    if (!pausedAtRebalance(lab.lines)) lab.doubts.push('no worker was paused when the group rebalanced')
    return truth
  },
  inconclusive: (played) => unmoved(played),
}

/** The last thing `w1` or `w2` did to all its partitions before the last rebalance it was told of was a pause. */
function pausedAtRebalance(lines: readonly LedgerLine[]): boolean {
  return ['w1', 'w2'].some((worker) => {
    const own = lines.filter((line) => line.worker === worker && !['term', 'leave', 'bye', 'gone'].includes(line.kind))
    const rebalance = own.findLastIndex(({ kind }) => kind === 'rebalancing')
    return own.slice(0, Math.max(0, rebalance)).findLast(({ kind }) => kind === 'pause' || kind === 'resume')?.kind === 'pause'
  })
}
