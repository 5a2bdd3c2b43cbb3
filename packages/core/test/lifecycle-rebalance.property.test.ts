/** Workers that come, go, lose and get back partitions while they work (spec section 6), judged by what the log and the sink saw. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { partitions, RebalanceRig, settled } from './support/rebalance-rig.ts'

const partition = fc.nat(partitions - 1)
const which = fc.nat(5)

const command: fc.Arbitrary<(rig: RebalanceRig) => void | Promise<void>> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(partition, fc.integer({ min: 1, max: 4 })).map(
      ([one, count]) =>
        (rig: RebalanceRig) =>
          rig.append(one, count),
    ),
  },
  {
    weight: 10,
    arbitrary: fc.tuple(which, fc.boolean()).map(
      ([index, ok]) =>
        (rig: RebalanceRig) =>
          rig.endTask(index, ok),
    ),
  },
  { weight: 3, arbitrary: partition.map((one) => (rig: RebalanceRig) => rig.rebalance(one)) },
  { weight: 2, arbitrary: partition.map((one) => (rig: RebalanceRig) => rig.lose(one)) },
  { weight: 2, arbitrary: fc.constant((rig: RebalanceRig) => rig.failNextCommit()) },
  { weight: 2, arbitrary: fc.constant((rig: RebalanceRig) => rig.endDrains()) },
  { weight: 2, arbitrary: fc.constant((rig: RebalanceRig) => (rig.alive.length < 3 ? rig.startWorker() : undefined)) },
  { weight: 1, arbitrary: which.map((index) => (rig: RebalanceRig) => rig.stopWorker(index)) },
)

it('loses nothing, commits nothing that is not settled, and never runs a partition twice at a time or what is committed', async () => {
  const seen = { settled: 0, killed: 0, failedCommits: 0, refusedCommits: 0, drainTimeouts: 0, repeated: 0 }
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(command, fc.boolean()), { minLength: 10, maxLength: 60, size: 'max' }), async (commands) => {
      const rig = new RebalanceRig()
      await rig.startWorker()
      for (const [run, waits] of commands) {
        await run(rig)
        if (waits) await settled()
      }
      await rig.judge()
      expect(rig.complaints).toEqual([])
      for (const name of ['settled', 'killed', 'failedCommits', 'refusedCommits', 'drainTimeouts', 'repeated'] as const) {
        seen[name] += rig.counts[name]
      }
    }),
    { numRuns: 60 },
  )
  // What the property is about has happened.
  expect(Math.min(seen.settled, seen.killed, seen.failedCommits, seen.drainTimeouts)).toBeGreaterThan(0)
}, 120_000)
