/** Source, pauses and flow control against a naive model: whatever happens in whatever order, the consumer is told what the model says. */
import type { Assignment, LogRecord } from '@drakkar/plugin-sdk/log'
import { createFakeClock } from '@drakkar/plugin-sdk/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createRecordingAppLogger } from '../../../test/support/recording-app-logger.ts'
import { recordAt } from '../../../test/support/values.ts'
import { createCounters } from '../../observability/pipeline-counters.ts'
import { FlowControl, type FlowLimits } from './flow-control.ts'
import { FlowShare } from './flow-share.ts'
import { pauseRetryMs } from './pause-control.ts'
import { Source, type SourceProcessor } from './source.ts'

const limits: FlowLimits = { high: 12, low: 5, maxBytes: 100 }
const drainTimeoutMs = 30_000
const bytesEach = 9
const partitions = [0, 1, 2, 3]

class FakeProcessor implements SourceProcessor {
  readonly assignment: Assignment
  readonly #flow: FlowShare
  #open = 0
  #waiting: (() => void)[] = []

  constructor(assignment: Assignment, flow: FlowControl) {
    this.assignment = assignment
    this.#flow = new FlowShare(flow)
  }

  get queueSize(): number {
    return 0
  }

  get inFlightTasks(): number {
    return this.#open
  }

  get isIdle(): boolean {
    return this.#open === 0
  }

  enqueue(records: readonly LogRecord[]): void {
    this.#open += records.length
    this.#flow.add(records.length, records.length * bytesEach)
  }

  settle(count: number): void {
    const settled = Math.min(count, this.#open)
    this.#open -= settled
    this.#flow.add(-settled, -settled * bytesEach)
    if (this.#open > 0) return
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  stop(): void {}

  drained(): Promise<void> {
    return this.#open === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve))
  }

  abandon(): void {
    this.#open = 0
    this.#flow.release()
    this.settle(0)
  }
}

/** What should be, kept as simply as it can be said. */
class Model {
  readonly open = new Map<number, number>()
  readonly blocked = new Set<number>()
  readonly throttles = new Set<string>()
  readonly announced: string[] = []
  full = false
  stopped = false

  get units(): number {
    return [...this.open.values()].reduce((sum, count) => sum + count, 0)
  }

  /** Hysteresis: full at a limit, not full at the lower ones, else as before. */
  counted(): void {
    const bytes = this.units * bytesEach
    if (this.units >= limits.high || bytes >= limits.maxBytes) this.full = true
    if (this.units <= limits.low && bytes <= limits.maxBytes / 2) this.full = false
  }

  isToRest(partition: number): boolean {
    return this.stopped || this.full || this.throttles.size > 0 || this.blocked.has(partition)
  }

  leave(partition: number): void {
    this.open.delete(partition)
    this.blocked.delete(partition)
    this.announced.push(`-${partition}`)
    this.counted()
  }
}

class Rig {
  readonly model = new Model()
  readonly clock = createFakeClock()
  readonly flow = new FlowControl(limits)
  /** As the consumer sees it; survives rebalances. */
  readonly paused = new Set<number>()
  readonly announced: string[] = []
  readonly source: Source<FakeProcessor>
  readonly #processors = new Map<number, FakeProcessor>()
  failures = 0
  #epoch = 0

  constructor() {
    this.source = new Source<FakeProcessor>({
      createProcessor: (assignment) => this.#processor(assignment),
      consumer: {
        pause: (those) => this.#told(() => those.forEach((partition) => this.paused.add(partition))),
        resume: (those) => this.#told(() => those.forEach((partition) => this.paused.delete(partition))),
      },
      commitNow: () => undefined,
      flushCommits: async () => true,
      ownership: {
        assigned: (those) => this.announced.push(...those.map((partition) => `+${partition}`)),
        revoked: (those) => this.announced.push(...those.map((partition) => `-${partition}`)),
      },
      stopWhenOutOfRange: true,
      drainTimeoutMs,
      hurry: () => () => undefined,
      clock: this.clock,
      stats: createCounters(),
      logger: createRecordingAppLogger(),
      onFatal: (error) => {
        throw error
      },
    })
    this.flow.listen({ onPause: (paused) => this.source.setPaused(paused) })
  }

  assign(partition: number): void {
    if (this.model.open.has(partition) || this.model.stopped) return
    this.model.open.set(partition, 0)
    this.model.announced.push(`+${partition}`)
    this.#epoch += 1
    this.source.onAssign([{ partition, epoch: this.#epoch, committed: null }])
  }

  enqueue(partition: number, count: number): void {
    const open = this.model.open.get(partition)
    this.source.onRecords(
      partition,
      Array.from({ length: count }, (_, offset) => recordAt(offset, { partition })),
    )
    if (open === undefined) return
    this.model.open.set(partition, open + count)
    this.model.counted()
  }

  settle(partition: number, count: number): void {
    const open = this.model.open.get(partition)
    if (open === undefined) return
    this.model.open.set(partition, open - Math.min(count, open))
    this.model.counted()
    this.#processors.get(partition)?.settle(count)
  }

  async revoke(partition: number, outlasts: boolean): Promise<void> {
    if (!this.model.open.has(partition)) return
    const revoked = this.source.onRevoke([partition])
    if (outlasts) await this.clock.advance(drainTimeoutMs)
    else this.settle(partition, Infinity)
    await revoked
    this.model.leave(partition)
  }

  lose(partition: number): void {
    if (!this.model.open.has(partition)) return
    this.source.onLost([partition])
    this.model.leave(partition)
  }

  /** The session expires while the partition drains, and the partition comes back before its first owner has noticed. */
  async loseWhileDraining(partition: number): Promise<void> {
    if (!this.model.open.has(partition)) return
    this.enqueue(partition, 1)
    const revoked = this.source.onRevoke([partition])
    this.lose(partition)
    this.assign(partition)
    await revoked
  }

  throttle(name: string, active: boolean): void {
    if (active) this.model.throttles.add(name)
    else this.model.throttles.delete(name)
    this.flow.throttle(name, active)
  }

  block(partition: number, blocked: boolean): void {
    if (blocked && this.model.open.has(partition)) this.model.blocked.add(partition)
    else this.model.blocked.delete(partition)
    this.source.setBlocked(partition, blocked)
  }

  async check(): Promise<void> {
    await this.clock.advance(pauseRetryMs * (this.failures + 1))
    this.failures = 0
    const ours = [...this.model.open.keys()].toSorted((a, b) => a - b)
    expect(this.source.partitions).toEqual(ours)
    expect(ours.filter((partition) => this.paused.has(partition))).toEqual(ours.filter((partition) => this.model.isToRest(partition)))
    expect(this.flow.load).toEqual({ units: this.model.units, bytes: this.model.units * bytesEach })
    expect(this.announced).toEqual(this.model.announced)
  }

  async end(): Promise<void> {
    this.failures = 0
    this.model.stopped = true
    this.source.stop()
    await this.check()
    await this.source.abandonAll()
    expect([this.flow.load, this.source.partitions, this.clock.sleeping]).toEqual([{ units: 0, bytes: 0 }, [], 0])
  }

  #processor(assignment: Assignment): FakeProcessor {
    const processor = new FakeProcessor(assignment, this.flow)
    this.#processors.set(assignment.partition, processor)
    return processor
  }

  #told(change: () => void): void {
    this.failures -= 1
    if (this.failures >= 0) throw new Error('not now')
    this.failures = 0
    change()
  }
}

const partition = fc.constantFrom(...partitions)
const count = fc.integer({ min: 1, max: 9 })
const name = fc.constantFrom('a', 'b')
const command: fc.Arbitrary<(rig: Rig) => void | Promise<void>> = fc.oneof(
  { weight: 4, arbitrary: partition.map((one) => (rig: Rig) => rig.assign(one)) },
  {
    weight: 5,
    arbitrary: fc.tuple(partition, count).map(
      ([one, many]) =>
        (rig: Rig) =>
          rig.enqueue(one, many),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(partition, count).map(
      ([one, many]) =>
        (rig: Rig) =>
          rig.settle(one, many),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(partition, fc.boolean()).map(
      ([one, outlasts]) =>
        (rig: Rig) =>
          rig.revoke(one, outlasts),
    ),
  },
  partition.map((one) => (rig: Rig) => rig.lose(one)),
  partition.map((one) => (rig: Rig) => rig.loseWhileDraining(one)),
  fc.tuple(name, fc.boolean()).map(
    ([one, active]) =>
      (rig: Rig) =>
        rig.throttle(one, active),
  ),
  fc.tuple(partition, fc.boolean()).map(
    ([one, blocked]) =>
      (rig: Rig) =>
        rig.block(one, blocked),
  ),
  fc.integer({ min: 1, max: 3 }).map((failures) => (rig: Rig) => {
    rig.failures = failures
  }),
)

it('pauses and resumes as the model says, gives back all units and bytes, and tells of every partition once', async () => {
  const seen = { paused: 0, flowing: 0 }
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 40, size: 'max' }), async (commands) => {
      const rig = new Rig()
      for (const run of commands) {
        await run(rig)
        // A call that is to fail is one of the next command.
        if (rig.failures === 0) await rig.check()
        seen.paused += rig.paused.size
        seen.flowing += rig.source.partitions.length - rig.paused.size
      }
      await rig.end()
    }),
    { numRuns: 150 },
  )
  expect(Math.min(seen.paused, seen.flowing)).toBeGreaterThan(100)
}, 60_000)
