/** One run: load, fault, heal, drain, a fresh message, stop, judgement. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultScenario, Load, Tier } from '../contract.ts'
import type { RunResult } from '../judge/figures.ts'
import { breachesOf, figuresOf, maxMore, type Measured } from '../judge/judge.ts'
import type { Holdings, StageWorker } from '../stage/stage-worker.ts'
import { survivors } from '../stage/stage-worker.ts'
import { descendantsOf } from '../stage/processes.ts'
import { Stage } from '../stage/stage.ts'
import type { BrokerControl } from '../stage/broker-control.ts'
import { versions } from './versions.ts'

export interface RunRequest {
  readonly scenario: FaultScenario
  readonly tier: Tier
  readonly load: Load
  readonly seed: number
  readonly broker: BrokerControl
}

/** The fault begins when this share of the messages is settled, so that there is a rate before it and work after it. */
const faultAtShare = [0.2, 0.35] as const
const startWithinMs = 60_000
const settleWithinMs = { ci: 120_000, hour: 900_000, soak: 24 * 3_600_000 } as const
const freshWithinMs = 30_000
const quietWithinMs = 35_000

/** A stage that fails, e.g. because nothing moves any more, is a broken run and not an error. */
export async function runScenario(request: RunRequest): Promise<RunResult> {
  const { scenario, tier, seed } = request
  const about = { id: scenario.id, name: scenario.name, fault: scenario.fault, invariant: scenario.invariant, tier, seed }
  const facts = { ...about, at: new Date().toISOString(), versions: versions() }
  try {
    await using stage = await Stage.open(request)
    const measured = await perform(stage)
    const findings = [...breachesOf(measured, scenario.limits), ...stage.breaches]
    const verdict = findings.length > 0 ? 'broken' : measured.hits > 0 ? 'held' : 'inconclusive'
    return { ...facts, verdict, findings, figures: figuresOf(measured, scenario.limits) }
  } catch (error) {
    return {
      ...facts,
      verdict: 'broken',
      findings: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
      figures: null,
    }
  }
}

async function perform(stage: Stage): Promise<Measured> {
  const { scenario, oracle, load } = stage
  const started = performance.now()
  await scenario.prepare?.(stage)
  const quiet = await startQuietly(stage)
  await oracle.produce(load.messages)
  const share = stage.random.between(...faultAtShare)
  await stage.until('the workers get on', ({ settled }) => settled >= share * load.messages, startWithinMs)
  const faultAtMs = stage.beginFault()
  await scenario.inject?.(stage)
  await scenario.heal?.(stage)
  const healedAtMs = Date.now()
  await untilSettled(stage)
  const isAlive = await freshPasses(stage)
  const hits = await scenario.bite(stage)
  stage.breaches.push(...((await scenario.check?.(stage)) ?? []))
  const { rebalances } = stage
  const more = await holdingsSince(quiet, scenario.limits.descriptorsMore)
  const zombies = (await Promise.all(stage.running.map((worker) => worker.zombies()))).reduce((sum, count) => sum + count, 0)
  const { endings, leftovers } = await stopAll(stage)
  return {
    verdict: await oracle.verdict(),
    recovery: await oracle.recovery(faultAtMs, healedAtMs),
    hits,
    isAlive,
    endings,
    leftovers,
    zombies,
    ...more,
    maxRssMb: Math.max(0, ...stage.workers.flatMap(({ memory }) => memory.map(({ bytes }) => bytes))) / 2 ** 20,
    seconds: (performance.now() - started) / 1000,
    rebalances,
    own: { ...stage.figures },
  }
}

type Quiet = ReadonlyMap<StageWorker, Holdings>

/** Workers that have done a little and rest: what they hold then they may hold at the end. */
async function startQuietly(stage: Stage): Promise<Quiet> {
  const { scenario, oracle } = stage
  await oracle.produce(100)
  for (let count = scenario.workers ?? 1; count > 0; count -= 1) await stage.startWorker()
  await stage.until('the workers start', ({ produced, settled, committed }) => committed >= 100 && settled === produced, startWithinMs)
  return new Map(await Promise.all(stage.running.map(async (worker) => [worker, await worker.holdings()] as const)))
}

async function untilSettled(stage: Stage): Promise<void> {
  const withinMs = settleWithinMs[stage.tier]
  await stage.until('everything comes to its end', ({ produced, settled, forgiven }) => settled >= produced - forgiven, withinMs)
  await stage.until('everything is committed', ({ produced, committed }) => committed >= produced, 30_000)
}

/** One message a partition, so that each of them is seen to move. */
async function freshPasses(stage: Stage): Promise<boolean> {
  const { produced, settled } = await stage.status()
  const count = 32
  await stage.oracle.produce(count)
  return stage.becomes(
    (now) => now.produced >= produced + count && now.settled >= settled + count && now.committed >= now.produced,
    freshWithinMs,
  )
}

/** What a worker still holds for a while, e.g. the time limit of a request that was answered, is no leak: it gets the time to go. */
async function holdingsSince(quiet: Quiet, maxDescriptorsMore = maxMore): Promise<Pick<Measured, 'descriptorsMore' | 'timersMore'>> {
  const lived = [...quiet].filter(([worker]) => worker.isRunning)
  if (lived.length === 0) return { descriptorsMore: null, timersMore: null }
  const deadline = performance.now() + quietWithinMs
  for (;;) {
    const more = await Promise.all(lived.map(([worker, before]) => moreThan(worker, before)))
    const descriptorsMore = Math.max(...more.map(({ descriptors }) => descriptors))
    const timersMore = Math.max(...more.map(({ timers }) => timers))
    const isBack = descriptorsMore <= maxDescriptorsMore && timersMore <= maxMore
    if (isBack || performance.now() > deadline) return { descriptorsMore, timersMore }
    await sleep(500)
  }
}

async function moreThan(worker: StageWorker, before: Holdings): Promise<Holdings> {
  const now = await worker.holdings()
  return { descriptors: now.descriptors - before.descriptors, timers: now.timers - before.timers }
}

async function stopAll(stage: Stage): Promise<Pick<Measured, 'endings' | 'leftovers'>> {
  const families = (await Promise.all(stage.running.map(({ pid }) => descendantsOf(pid)))).flat()
  const endings = await Promise.all(stage.running.map((worker) => worker.stop()))
  const outlived = await survivors(families, 2000)
  const marked = (await stage.processes()).length
  return { endings, leftovers: Math.max(outlived, marked) }
}
