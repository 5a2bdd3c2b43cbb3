/**
 * A receiver that answers and does not take (faults F24, F25, F26, F28): errors, refusals, silence, single refusals; what the breaker, the
 * retry strategy, the deadline and the policies make of them in a whole worker.
 */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { ServiceHandle } from '../services/service.ts'
import { startService } from '../services/start-service.ts'
import { judgePhase, recordOutcome } from '../support/faults/outcome.ts'
import { Rig, type RigOptions } from '../support/faults/rig.ts'
import { FileTarget } from '../support/faults/targets/file-target.ts'
import { HttpTarget } from '../support/faults/targets/http-target.ts'

let source: ServiceHandle
let rig: Rig
let http: HttpTarget
const started: AsyncDisposable[] = []

beforeAll(async () => {
  source = await startService('kafka')
})

afterEach(async () => {
  for (const one of started.splice(0).toReversed()) await one[Symbol.asyncDispose]()
})

afterAll(async () => {
  await source?.dispose()
})

const batchSize = 20
const failureThreshold = 3
const breaker = { failure_threshold: failureThreshold, cooldown_seconds: 0.5 }

async function start(
  options: Pick<RigOptions, 'framework' | 'onDeliveryError' | 'config'> & { readonly file?: FileTarget },
): Promise<void> {
  http = await HttpTarget.start(['plain'], { timeout_seconds: 30 })
  started.push(http)
  const { file, framework, ...rest } = options
  rig = await Rig.start({
    name: 'http',
    brokers: source.url,
    targets: file === undefined ? [http] : [http, file],
    framework: { batch: { max_items: batchSize }, max_in_flight: 1, ...framework },
    ...rest,
  })
  started.push(rig)
}

const trips = () => rig.sink('plain')?.circuit_trips ?? 0

/** The ledger of all messages at the receiver; nothing may be missing and nothing there twice. */
async function expectNothingLost(scenario: string, facts: { hits: number; startedAt: number }) {
  const [instance] = http.instances
  if (instance === undefined) throw new Error('no instance')
  const outcome = await judgePhase(rig, instance, '')
  recordOutcome(rig, outcome, { scenario, hits: facts.hits, seconds: (performance.now() - facts.startedAt) / 1000 })
  expect(facts.hits, 'inconclusive: the receiver refused nothing').toBeGreaterThan(0)
  expect(outcome.verdict).toMatchObject({ missing: [], unknown: [], bothEnds: [], duplicates: 0 })
  return outcome
}

it.each([
  [503, undefined],
  [429, 1],
])(
  'F24: %s opens the breaker at its threshold; what comes then is dead-lettered and never reaches the receiver',
  async (status, retryAfter) => {
    const startedAt = performance.now()
    await start({ framework: { circuit_breaker: { ...breaker, on_open: 'dlq' } } })
    await rig.produce('before', 200)
    await rig.untilCommitted()
    await http.answer({ kind: 'status', status, ...(retryAfter !== undefined && { retryAfter }) })
    await rig.produce('during', 600)
    await rig.until('the breaker opens', () => trips() > 0)
    await rig.untilCommitted()
    const { faults: hits } = await http.answer({ kind: 'ok' })
    // One batch for each failure up to the threshold, one for each probe, the last of which may be on its way.
    expect(hits).toBeLessThanOrEqual((failureThreshold + trips()) * batchSize)
    await rig.until('the breaker closes', async () => {
      await rig.produce('probe', 4)
      await rig.untilCommitted()
      return rig.sink('plain')?.circuit_state === 'closed'
    })
    await rig.produce('after', 200)
    await rig.untilCommitted()
    const { observed } = await expectNothingLost(`http: F24 ${status}, on_open dlq`, { hits, startedAt })
    for (const phase of ['before', 'after']) expect(observed.delivered.filter((id) => id.startsWith(phase))).toHaveLength(200)
    expect(observed.dead.filter((id) => id.startsWith('during'))).toHaveLength(600)
  },
)

it('F24: with on_open hold the source waits for the receiver; only what failed before is dead-lettered', async () => {
  const startedAt = performance.now()
  await start({ framework: { circuit_breaker: { ...breaker, on_open: 'hold' } } })
  await rig.produce('before', 200)
  await rig.untilCommitted()
  await http.answer({ kind: 'status', status: 503, retryAfter: 1 })
  await rig.produce('during', 3000)
  await rig.until('the source is held back by the breaker', () => rig.worker.snapshot?.throttles.includes('http/plain:circuit') === true)
  await rig.until('the source pauses', () => rig.worker.wasPaused)
  await rig.until('several probes fail', () => trips() >= 3)
  expect(await rig.committedTooEarly()).toEqual([])
  const tripped = trips()
  const { faults: hits } = await http.answer({ kind: 'ok' })
  await rig.produce('after', 200)
  await rig.untilCommitted()
  const { observed } = await expectNothingLost('http: F24 503, on_open hold', { hits, startedAt })
  expect(observed.dead.length).toBeLessThanOrEqual((failureThreshold + tripped) * batchSize)
  expect(observed.delivered.length).toBeGreaterThan(2000)
  expect(rig.worker.maxHeld).toBeLessThanOrEqual(800)
})

it('F24: with a retry strategy an outage dead-letters nothing, holds the source back and heeds Retry-After', async () => {
  const startedAt = performance.now()
  await start({ framework: { retry: { backoff: { interval: '20ms', factor: 2, cap: '200ms' } }, circuit_breaker: { on_open: 'hold' } } })
  await rig.produce('before', 200)
  await rig.untilCommitted()
  await http.answer({ kind: 'status', status: 429, retryAfter: 1 })
  const outageAt = performance.now()
  await rig.produce('during', 3000, { pad: 2000 })
  await rig.until('the source pauses', () => rig.worker.wasPaused)
  await rig.until('payloads are tried again', () => (rig.sink('plain')?.strategy_retry_count ?? 0) > 100)
  expect(await rig.committedTooEarly()).toEqual([])
  const { faults: hits } = await http.answer({ kind: 'ok' })
  const outageSeconds = (performance.now() - outageAt) / 1000
  expect(hits).toBeLessThanOrEqual(rig.worker.maxHeld * (outageSeconds + 1))
  await rig.untilCommitted()
  const { observed } = await expectNothingLost('http: F24 429, retry strategy', { hits, startedAt })
  expect(observed.dead).toEqual([])
  expect(rig.worker.maxHeld).toBeLessThanOrEqual(800)
})

it('F25: what is answered with 401, 403 or 400 is dead-lettered one by one, never taken for delivered', async () => {
  const startedAt = performance.now()
  await start({ framework: { circuit_breaker: { ...breaker, on_open: 'dlq' } } })
  for (const status of [401, 403, 400]) {
    await http.answer({ kind: 'status', status, matching: 'denied' })
    for (let round = 0; round < 5; round += 1) {
      await rig.produce('taken', 30)
      await rig.produce('denied', 20)
    }
    await rig.untilCommitted()
  }
  const { faults: hits } = await http.counts()
  const { observed } = await expectNothingLost('http: F25 401, 403, 400', { hits, startedAt })
  expect(observed.delivered.every((id) => id.startsWith('taken'))).toBe(true)
  expect(observed.dead.every((id) => id.startsWith('denied'))).toBe(true)
  expect([observed.delivered.length, observed.dead.length, hits]).toEqual([450, 300, 300])
  expect(trips()).toBe(0)
})

it('F26: a receiver that hangs after its headers harms no other sink; the source pauses, memory stays bounded', async () => {
  const startedAt = performance.now()
  const file = await FileTarget.start()
  started.push(file)
  const retry = { backoff: { interval: '50ms', factor: 2, cap: '500ms' } }
  await start({ file, framework: { retry, delivery_timeout_seconds: 1 } })
  await rig.produce('before', 200)
  await rig.untilCommitted()
  rig.worker.resetPeaks()
  await http.answer({ kind: 'hang' })
  await rig.produce('during', 4000, { pad: 5000 })
  await rig.until('the source pauses', () => rig.worker.wasPaused)
  await rig.until('deliveries run out of time', () => rig.worker.failures('plain') > 0)
  const lines = () => rig.worker.snapshot?.sinks.find(({ sink_type }) => sink_type === 'filesystem')
  await rig.until('the file has all that came', () => {
    const sink = lines()
    return sink !== undefined && sink.delivered_payloads > 200 && sink.delivered_payloads === sink.received_payloads
  })
  expect(await rig.committedTooEarly()).toEqual([])
  const { faults: hits } = await http.answer({ kind: 'ok' })
  await rig.untilCommitted()
  const { observed } = await expectNothingLost('http: F26 hang after headers', { hits, startedAt })
  expect(observed.dead).toEqual([])
  const [fileInstance] = file.instances
  if (fileInstance !== undefined)
    expect((await judgePhase(rig, fileInstance, '')).verdict).toMatchObject({ missing: [], duplicates: 0, inversions: [] })
  expect(rig.worker.maxHeld).toBeLessThanOrEqual(800)
  expect(rig.worker.maxRss / 2 ** 20).toBeLessThan(300)
})

it('F28: of a batch only what was refused goes again', async () => {
  const startedAt = performance.now()
  await start({ framework: { circuit_breaker: { ...breaker, on_open: 'hold' } }, onDeliveryError: 'RETRY' })
  await http.answer({ kind: 'status', status: 503, every: 7 })
  await rig.produce('some', 1400)
  await rig.untilCommitted()
  const { requests, faults: hits } = await http.counts()
  const { observed } = await expectNothingLost('http: F28 every 7th refused once', { hits, startedAt })
  expect(observed.dead).toEqual([])
  expect([requests, hits]).toEqual([1600, 200])
})

it('what the handler skips is neither delivered nor dead-lettered, and committed', async () => {
  const startedAt = performance.now()
  await start({ onDeliveryError: 'SKIP' })
  await http.answer({ kind: 'status', status: 400, matching: 'denied' })
  await rig.produce('taken', 100)
  await rig.produce('denied', 100)
  await rig.untilCommitted()
  const { faults: hits } = await http.counts()
  const { observed } = await expectNothingLost('http: 400, handler skips', { hits, startedAt })
  expect([observed.delivered.length, new Set(observed.skipped).size, observed.dead.length]).toEqual([100, 100, 0])
})
