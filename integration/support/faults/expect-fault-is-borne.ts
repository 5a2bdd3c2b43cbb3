/** One fault on a running worker: load before, during and after it, then the ledger. */
import { expect } from 'vitest'
import type { Fault } from './fault.ts'
import { judgePhase, recordOutcome, type PhaseOutcome } from './outcome.ts'
import type { Rig } from './rig.ts'
import type { Target, TargetInstance } from './target.ts'
import { becomes, until } from './waiting.ts'

/** A fault that did not bite proves nothing; so often it is tried. */
const maxRuns = 3
const biteWithinMs = 10_000
/** Messages in the worker: what the source may hand over before a pause takes effect. */
const maxHeld = 800
const maxRssMb = 300

interface Outcome extends PhaseOutcome {
  readonly hits: number
  readonly bit: boolean
}

export interface FaultRun {
  readonly rig: Rig
  readonly target: Target
  readonly fault: Fault
  readonly messages: number
}

/** Fails when an invariant does not hold, and when the fault did not bite in three runs. */
export async function expectFaultIsBorne(run: FaultRun): Promise<void> {
  for (let round = 1; round <= maxRuns; round += 1) {
    const phase = `${run.fault.name}${round}`
    run.rig.worker.resetPeaks()
    const started = performance.now()
    const outcomes = await runOnce(run, phase)
    const seconds = (performance.now() - started) / 1000
    for (const outcome of outcomes) record(run, outcome, { phase, seconds })
    for (const outcome of outcomes) check(run, outcome, phase)
    if (outcomes.every(({ bit }) => bit)) return
  }
  expect.unreachable(`inconclusive: ${run.fault.name} did not bite in ${maxRuns} runs`)
}

async function runOnce(run: FaultRun, phase: string): Promise<readonly Outcome[]> {
  const { rig, target, fault, messages } = run
  const third = Math.ceil(messages / 3)
  const produce = () => rig.produce(phase, third, fault.refuseEvery === undefined ? {} : { refuseEvery: fault.refuseEvery })
  const settledBefore = rig.worker.snapshot?.counters.completed ?? 0
  await produce()
  await until(() => (rig.worker.snapshot?.counters.completed ?? 0) > settledBefore, { what: 'something is settled', withinMs: 30_000 })
  const before = new Map(target.instances.map((instance) => [instance, marks(rig, instance)]))
  await fault.apply(target)
  await produce()
  const hits = (instance: TargetInstance) => hitsSince(run, instance, before.get(instance))
  if (fault.proof === 'proxy' || fault.proof === 'failures') {
    await becomes(() => target.instances.every((instance) => hits(instance) > 0), { what: 'the fault bites', withinMs: biteWithinMs })
  }
  if (fault.isReadable) expect(await rig.committedTooEarly(), 'committed before it was settled').toEqual([])
  await fault.heal(target)
  await produce()
  await rig.untilCommitted()
  expect(await rig.committedTooEarly(), 'committed and not settled').toEqual([])
  return Promise.all(target.instances.map((instance) => outcomeOf(run, instance, { phase, hits: hits(instance) })))
}

async function outcomeOf(
  { rig, fault }: FaultRun,
  instance: TargetInstance,
  { phase, hits }: { phase: string; hits: number },
): Promise<Outcome> {
  const outcome = await judgePhase(rig, instance, phase)
  const proofs = fault.proof === 'refusals' ? outcome.observed.dead.length : hits
  return { ...outcome, hits: proofs, bit: fault.proof === 'none' || proofs > 0 }
}

interface Marks {
  readonly proxy: number
  readonly failures: number
}

function marks(rig: Rig, { name, proxy }: TargetInstance): Marks {
  return { proxy: proxy?.hits ?? 0, failures: rig.worker.failures(name) }
}

/** Zero as long as the proof is not there, whatever the proxy did. */
function hitsSince({ rig, fault }: FaultRun, instance: TargetInstance, before: Marks | undefined): number {
  const now = marks(rig, instance)
  const failures = now.failures - (before?.failures ?? 0)
  const proxy = now.proxy - (before?.proxy ?? 0)
  if (fault.needs !== 'network') return failures
  const isProven = fault.proof !== 'failures' || failures > 0 || instance.retriesInside === true
  return isProven ? proxy : 0
}

function check({ rig, fault }: FaultRun, { instance, observed, verdict }: Outcome, phase: string): void {
  const entries = rig.source.entriesOf(phase)
  const refused = entries.filter((entry) => entry.refused).map(({ id }) => id)
  const place = `${instance.name}, ${phase}`
  const unexpected = observed.dead.filter((id) => !refused.includes(id)).map((id) => `${id}: ${rig.deadLetters.errorOf(id)}`)
  expect(verdict.missing, `lost: ${place}`).toEqual([])
  expect(verdict.unknown, `never sent: ${place}`).toEqual([])
  expect(unexpected, `dead-lettered: ${place}`).toEqual([])
  expect(observed.dead.length, `dead-lettered: ${place}`).toBe(refused.length)
  expect(verdict.bothEnds, `two ends: ${place}`).toEqual([])
  expect(verdict.maxCopies, `copies: ${place}`).toBeLessThanOrEqual(1 + (instance.once ? 0 : fault.untold))
  if (instance.ordered) expect(verdict.inversions, `order: ${place}`).toEqual([])
  expect(rig.worker.maxHeld, `messages held: ${place}`).toBeLessThanOrEqual(maxHeld)
  expect(rig.worker.maxRss / 2 ** 20, `memory: ${place}`).toBeLessThan(maxRssMb)
}

function record({ rig, target, fault }: FaultRun, outcome: Outcome, { phase, seconds }: { phase: string; seconds: number }): void {
  const { instance, bit, hits } = outcome
  const scenario = `${target.label} ${instance.name}: ${fault.name}${bit ? '' : ` (inconclusive ${phase})`}`
  recordOutcome(rig, outcome, { scenario, hits, seconds })
}
