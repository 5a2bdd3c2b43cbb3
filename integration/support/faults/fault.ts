/** The faults every network sink has to live through. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultProxy } from '../fault-proxy.ts'
import type { Target } from './target.ts'

export interface Fault {
  readonly name: string
  /** What has to be seen for the run to prove something: the proxy's doing, failures of the sink, refused payloads, or nothing. */
  readonly proof: 'proxy' | 'failures' | 'refusals' | 'none'
  /** How often one payload may be stored without the sink being told, so that it is there that many times more. */
  readonly untold: number
  /** Every so-many-th message is one the target refuses. */
  readonly refuseEvery?: number
  readonly needs: 'network' | 'server' | 'nothing'
  /** Targets answer the judge while the fault lasts. */
  readonly isReadable: boolean
  apply(target: Target): Promise<void> | void
  heal(target: Target): Promise<void> | void
}

const nothing = (): void => undefined

export const faults: readonly Fault[] = [
  { name: 'happy', proof: 'none', untold: 0, needs: 'nothing', isReadable: true, apply: nothing, heal: nothing },
  {
    name: 'latency',
    proof: 'proxy',
    untold: 0,
    needs: 'network',
    isReadable: true,
    apply: each((proxy) => (proxy.latencyMs = 25)),
    heal: each((proxy) => (proxy.latencyMs = 0)),
  },
  {
    name: 'half-open',
    proof: 'failures',
    untold: 1,
    needs: 'network',
    isReadable: true,
    apply: each((proxy) => (proxy.isSwallowing = true)),
    heal: each((proxy) => (proxy.isSwallowing = false)),
  },
  {
    name: 'reset',
    proof: 'failures',
    untold: 4,
    needs: 'network',
    isReadable: true,
    apply: (target) => void resetAgainAndAgain(target),
    heal: nothing,
  },
  {
    name: 'cut',
    proof: 'failures',
    untold: 1,
    needs: 'network',
    isReadable: true,
    apply: each((proxy) => proxy.cutAnswersAfter(150)),
    heal: each((proxy) => proxy.forgive()),
  },
  {
    name: 'ambiguous',
    proof: 'failures',
    untold: 3,
    needs: 'network',
    isReadable: true,
    apply: (target) => {
      for (const { proxy, acknowledged } of target.instances) proxy?.loseAnswersTo(acknowledged, 3)
    },
    heal: each((proxy) => proxy.forgive()),
  },
  {
    name: 'restart',
    proof: 'failures',
    untold: 1,
    needs: 'server',
    isReadable: false,
    apply: (target) => target.kill(),
    heal: (target) => target.restart(),
  },
  {
    name: 'partial',
    proof: 'refusals',
    untold: 0,
    needs: 'nothing',
    isReadable: true,
    refuseEvery: 7,
    apply: nothing,
    heal: nothing,
  },
]

function each(change: (proxy: FaultProxy) => unknown): (target: Target) => void {
  return (target) => {
    for (const { proxy } of target.instances) if (proxy !== null) change(proxy)
  }
}

/** Slow enough that something is always on its way when the reset comes. */
async function resetAgainAndAgain(target: Target): Promise<void> {
  const slow = each((proxy) => (proxy.latencyMs = 20))
  const fast = each((proxy) => (proxy.latencyMs = 0))
  slow(target)
  for (let round = 0; round < 4; round += 1) {
    await sleep(100)
    each((proxy) => proxy.reset())(target)
  }
  fast(target)
}
