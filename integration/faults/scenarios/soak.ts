/** Hours of steady load with a small fault every so often: what grows, shows. */
import { setTimeout as sleep } from 'node:timers/promises'
import { defineScenario, type Stage } from '../contract.ts'
import { slopeOf } from '../judge/slope.ts'

const warmUpShare = 0.2
/** Over a run that is long enough for it to mean something. */
const maxSlopeMibPerHour = 1
const slopeMeansSomethingAfterSeconds = 3600
const batch = 100
const batchEveryMs = 2000

export default defineScenario({
  id: 'G5',
  name: 'soak',
  fault: 'steady load; now and then resets, latency, a half-open network, a broker that hangs, a broker restart',
  invariant: 'nothing lost, memory flat, descriptors, timers and processes back to the start',
  group: 'worker',
  needs: ['linux', 'own-broker'],
  tiers: { hour: { messages: 2000, seconds: 900 }, soak: { messages: 2000, seconds: 8 * 3600 } },
  limits: { duplicates: 'uncommitted', reExecuted: 'uncommitted', recoverySeconds: null },
  messages: { shares: { precomputed: 3, echo: 2, exit: 0.1 } },
  way: 'proxy',

  async inject(stage) {
    const until = performance.now() + (stage.load.seconds ?? 1) * 1000
    let nextFault = performance.now() + stage.randomMs(5000, 20_000)
    while (performance.now() < until) {
      await stage.oracle.produce(batch)
      await sleep(batchEveryMs)
      if (performance.now() < nextFault) continue
      await stage.random.pick(harms)(stage)
      stage.figures['faults'] = (stage.figures['faults'] ?? 0) + 1
      nextFault = performance.now() + stage.randomMs(10_000, 60_000)
    }
  },

  bite: (stage) => Math.min(stage.figures['faults'] ?? 0, stage.warnings()),

  check({ worker, load, figures }) {
    const [first] = worker.memory
    const seconds = load.seconds ?? 1
    const from = (first?.atMs ?? 0) + warmUpShare * seconds * 1000
    const slope = slopeOf(worker.memory.filter(({ atMs }) => atMs >= from).map(({ atMs, bytes }) => [atMs / 3_600_000, bytes / 2 ** 20]))
    figures['rss_slope_mib_per_hour'] = Math.round(slope * 10) / 10
    const isSteep = seconds > slopeMeansSomethingAfterSeconds && slope > maxSlopeMibPerHour
    return Promise.resolve(isSteep ? [`memory grows by ${slope.toFixed(1)} MiB an hour, may be ${maxSlopeMibPerHour}`] : [])
  },
})

const harms: readonly ((stage: Stage) => Promise<void>)[] = [
  (stage) => Promise.resolve(stage.proxy.reset()),
  async ({ proxy }) => {
    proxy.latencyMs = 100
    await sleep(5000)
    proxy.latencyMs = 0
  },
  async ({ proxy }) => {
    proxy.isHalfOpen = true
    await sleep(3000)
    proxy.isHalfOpen = false
  },
  async ({ broker }) => {
    broker.freeze()
    await sleep(2000)
    broker.thaw()
  },
  async ({ broker }) => {
    await broker.stop()
    await broker.start()
  },
]
