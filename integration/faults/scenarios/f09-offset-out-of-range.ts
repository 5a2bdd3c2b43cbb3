/** F09: what comes next is gone from the log when the worker comes back. */
import { defineScenario, type Stage } from '../contract.ts'

const code = 'DRK_LOG_OFFSET_OUT_OF_RANGE'

export default defineScenario({
  id: 'F09',
  name: 'offset-out-of-range',
  fault: 'records behind the committed offset deleted while no worker runs',
  invariant: 'no silent jump: an error, and the offset stays; goes on where the operator says; the rest is not lost',
  group: 'broker',
  tiers: { ci: { messages: 2000 }, hour: { messages: 10_000, seeds: 5 } },
  limits: { duplicates: 'uncommitted', reExecuted: 0, recoverySeconds: null },

  async inject(stage) {
    await stage.stopWorker(stage.worker)
    await stage.oracle.look()
    const [partition, { committed, end }] = await furthestBehind(stage)
    const below = stage.random.integer(committed + 1, end - 1)
    await stage.broker.deleteRecords(stage.names.topic, new Map([[partition, below]]))
    stage.figures['deleted'] = await stage.oracle.forgive(partition, below)
    const worker = await stage.startWorker()
    const ending = await worker.exited
    if (ending.code === 0) stage.breaches.push('the worker ended with 0 although its next offset was gone')
    const now = (await stage.oracle.offsets()).get(partition)?.committed
    if (now !== committed) stage.breaches.push(`the committed offset moved from ${committed} to ${String(now)} without being told to`)
    stage.figures['errors'] = worker.logged('consumer_error').filter((line) => line['code'] === code).length
    if (stage.figures['errors'] === 0) stage.breaches.push(`no ${code} in the log of the worker`)
  },

  async heal(stage) {
    await stage.startWorker({ config: { kafka: { on_offset_out_of_range: 'earliest' } } })
  },

  bite: ({ figures }) => figures['deleted'] ?? 0,
})

async function furthestBehind(stage: Stage) {
  const offsets = [...(await stage.oracle.offsets())].toSorted(([, a], [, b]) => b.end - b.committed - (a.end - a.committed))
  const [first] = offsets
  if (first === undefined) throw new Error('there are no partitions')
  return first
}
