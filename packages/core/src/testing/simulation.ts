/** One run: the log, the clock, the sinks and the faults in memory, and the worker that is alive at the moment. */
import { LogError, type DeliveryItem } from '@drakkar/plugin-sdk'
import { createFakeClock, type FakeClock } from '@drakkar/plugin-sdk/testing'
import type { RunSummary } from '../app.ts'
import { sourceNames } from '../config/source-names.ts'
import { MemoryLog } from '../log/memory/memory-log.ts'
import type { DeadLettered } from './dead-lettered.ts'
import { Driver } from './driver.ts'
import { ExecutionRecord } from './execution-record.ts'
import { FaultScript } from './fault-script.ts'
import type { Fault } from './faults.ts'
import { HandlerTestError } from './handler-test-error.ts'
import type { Delivered } from './memory-sinks.ts'
import { openWork } from './open-work.ts'
import { OutsideWork } from './outside-work.ts'
import { createRecordingAppLogger } from './recording-app-logger.ts'
import { seededRandom } from './seeded-random.ts'
import { SimulatedWorker } from './simulated-worker.ts'
import { type TestConfig, testConfig } from './test-config.ts'
import { partitionsFor, recordOf, type TestMessage } from './test-messages.ts'
import type { HandlerTestOptions } from './test-options.ts'

interface Arrival {
  readonly list: string
  readonly delivered: Delivered
}

export class Simulation {
  readonly clock: FakeClock = createFakeClock()
  readonly driver: Driver
  readonly faults: FaultScript
  readonly logger = createRecordingAppLogger()
  readonly arrivals: Arrival[] = []
  readonly deadLetters: DeadLettered[] = []
  readonly executions = new ExecutionRecord(() => this.faults.started())
  readonly #handler: unknown
  readonly #options: HandlerTestOptions
  readonly #config: TestConfig
  readonly #names: { readonly topic: string; readonly deadLetterTopic: string; readonly group: string }
  readonly #log: MemoryLog
  readonly #outside: OutsideWork
  readonly #random: () => number
  #worker: SimulatedWorker
  #workers = 1
  #failure: { readonly error: unknown } | null = null
  /** When the last outage so far ends, in virtual time. */
  #brokerBackAtMs = 0

  /** Throws `ConfigError` and `HandlerTestError` for a configuration, a handler or options that cannot be used. */
  constructor(handler: unknown, options: HandlerTestOptions) {
    this.#handler = handler
    this.#options = options
    this.#config = testConfig(options)
    const { sourceTopic: topic, deadLetterTopic, consumerGroup: group } = sourceNames(this.#config.config)
    this.#names = { topic, deadLetterTopic, group }
    const partitions = options.partitions ?? partitionsFor(options.messages ?? [])
    this.#log = new MemoryLog({ topics: { [topic]: partitions }, now: () => this.clock.now() })
    this.#outside = new OutsideWork(options.patienceMs ?? 200)
    this.#random = seededRandom(options.seed ?? 1)
    this.faults = new FaultScript(this.clock, {
      killWorker: () => this.#kill(),
      rebalance: ({ partitions: moving, lost = false }) => this.#rebalance(moving ?? [...this.#log.offsets(topic).keys()], lost),
      brokerDown: (seconds) => this.#brokerDown(seconds),
    })
    this.driver = new Driver({
      clock: this.clock,
      outside: this.#outside,
      check: () => this.#check(),
      progress: () => this.#progress(),
      open: () => this.#open(),
    })
    this.#checkFaults(options.faults ?? [])
    this.#worker = this.#createWorker()
  }

  get worker(): SimulatedWorker {
    return this.#worker
  }

  get committed(): ReadonlyMap<number, number> {
    return this.#log.committed(this.#names.group, this.#names.topic)
  }

  /** Everything in the topic is committed, and a worker is there. */
  get isSettled(): boolean {
    return this.#isRunning && this.#partitions().every(({ committed, end }) => committed >= end)
  }

  /** Resolves when the worker has its partitions. */
  async start(): Promise<void> {
    const { messages = [], faults = [] } = this.#options
    this.append(messages)
    this.#worker.start()
    this.faults.arm(faults)
    await this.driver.drive('the start of the worker', () => this.#isRunning)
  }

  append(messages: readonly TestMessage[]): void {
    this.#log.append(...messages.map((message) => recordOf(this.#names.topic, message)))
  }

  arm(faults: readonly Fault[]): void {
    this.#checkFaults(faults)
    this.faults.arm(faults)
  }

  /** A stop as by SIGTERM. Resolves with how it ended; rejects with the error of a run that failed. */
  async stop(): Promise<RunSummary> {
    await this.driver.drive('the start of the next worker', () => this.#isRunning)
    this.#worker.app.stop()
    await this.driver.drive('the stop of the worker', () => this.#worker.end !== null)
    const { end } = this.#worker
    if (end === null || 'error' in end) throw new HandlerTestError('the worker has not ended', { cause: end?.error })
    return end.summary
  }

  /** Ends whatever still runs, at once. Any number of times. */
  async dispose(): Promise<void> {
    this.#worker.kill()
    await this.#worker.release()
    await this.#log.close()
  }

  get #isRunning(): boolean {
    return this.#worker.isAlive && this.#worker.app.snapshot() !== null
  }

  #createWorker(): SimulatedWorker {
    const { deadLetterTopic } = this.#names
    return new SimulatedWorker({
      number: this.#workers,
      handler: this.#handler,
      ...this.#config,
      programs: this.#options.programs ?? (() => ({})),
      log: this.#log,
      clock: this.clock,
      random: this.#random,
      logger: this.logger,
      outside: this.#outside,
      executions: this.executions,
      answers: this.#options.answers ?? {},
      handles: this.#options.handles ?? {},
      failureOf: (sink, payloads) => this.faults.failureOf(sink, payloads),
      arrived: (sink, list, item) => this.#arrived(sink, list, item),
      sendRefusal: (topic) => (topic === deadLetterTopic && this.faults.refusesDeadLetter() ? refused() : null),
      onDeadLetter: (letter) => this.deadLetters.push(letter),
      onDefect: (error) => this.#fail(error),
    })
  }

  #arrived(sink: string, list: string, { payload, id, attempt, source }: DeliveryItem<unknown>): void {
    this.arrivals.push({ list, delivered: { sink, payload, id, attempt, source, seconds: this.clock.monotonicMs() / 1000 } })
    this.faults.delivered()
  }

  /** False: it is dead already. */
  #kill(): boolean {
    const dead = this.#worker
    if (!dead.isAlive) return false
    dead.kill()
    const sessionExpired = this.clock.sleep(this.#config.config.kafka.session_timeout_ms)
    sessionExpired.then(() => this.#replace(dead)).catch((error: unknown) => this.#fail(error))
    return true
  }

  async #replace(dead: SimulatedWorker): Promise<void> {
    await dead.release()
    this.#workers += 1
    this.#worker = this.#createWorker()
    this.#worker.start()
  }

  /** False: no worker has them. */
  #rebalance(partitions: readonly number[], lost: boolean): boolean {
    const owned = this.#worker.isAlive ? this.#log.owned(this.#names.group, this.#names.topic) : []
    const moving = { group: this.#names.group, topic: this.#names.topic, partitions }
    if (lost) this.#log.losePartitions(moving)
    this.#log.rebalance(lost ? { ...moving, partitions: [] } : moving).catch((error: unknown) => this.#fail(error))
    return partitions.some((partition) => owned.includes(partition))
  }

  #brokerDown(seconds: number): () => number {
    const before = this.#log.outageHits
    this.#log.beginOutage(new LogError({ kind: 'transient', message: 'the broker is down' }))
    this.#brokerBackAtMs = Math.max(this.#brokerBackAtMs, this.clock.monotonicMs() + seconds * 1000)
    void this.clock.sleep(seconds * 1000).then(() => {
      if (this.clock.monotonicMs() >= this.#brokerBackAtMs) this.#log.endOutage()
    })
    return () => this.#log.outageHits - before
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
  }

  #check(): void {
    if (this.#failure !== null) throw this.#failure.error
    const { end } = this.#worker
    if (end !== null && 'error' in end) throw end.error
  }

  #progress(): number {
    const committed = [...this.committed.values()].reduce((sum, offset) => sum + offset, 0)
    const waited = Number.isFinite(this.#brokerBackAtMs) ? Math.min(this.clock.monotonicMs(), this.#brokerBackAtMs) : 0
    return this.arrivals.length + this.deadLetters.length + this.executions.entries.length + committed + waited
  }

  #open(): readonly string[] {
    const snapshot = this.#isRunning ? this.#worker.app.snapshot() : null
    return openWork({ snapshot, logs: this.logger.entries, partitions: this.#partitions(), calls: this.#outside.open })
  }

  #partitions(): readonly { readonly partition: number; readonly committed: number; readonly end: number }[] {
    const { committed } = this
    return [...this.#log.offsets(this.#names.topic)].map(([partition, { start, end }]) => ({
      partition,
      committed: committed.get(partition) ?? start,
      end,
    }))
  }

  /** Faults that are about something there is not. */
  #checkFaults(faults: readonly Fault[]): void {
    const { sinkPaths } = this.#config
    const partitions = this.#partitions().length
    for (const fault of faults) {
      if (fault.kind === 'failSink' && !sinkPaths.includes(fault.sink))
        throw new HandlerTestError(`failSink('${fault.sink}'): there is no such sink; there is ${sinkPaths.join(', ')}`)
      if (fault.kind === 'rebalance' && fault.partitions?.some((partition) => partition >= partitions) === true)
        throw new HandlerTestError(`rebalance: there is no such partition; the topic has ${partitions}`)
    }
  }
}

function refused(): LogError {
  return new LogError({ kind: 'transient', message: 'the dead-letter log refuses' })
}
