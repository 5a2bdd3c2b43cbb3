/** A whole worker between a source topic and its targets, with a ledger over all that goes in. */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SinkSnapshot } from '@drakkar/core'
import type { MessageLog } from '@drakkar/plugin-sdk/log'
import { DeadLetterReader } from './dead-letter-reader.ts'
import { FaultWorker, type WorkerPlan } from './fault-worker.ts'
import { committedUnsettled, type Observed } from './ledger.ts'
import { openBroker, SourceTopic, type ProduceOptions } from './source-topic.ts'
import { readSpool } from './spool-reader.ts'
import type { Target, TargetInstance } from './target.ts'
import { until } from './waiting.ts'

export interface RigOptions {
  /** Part of topic names. */
  readonly name: string
  readonly brokers: string
  readonly targets: readonly Target[]
  /** Framework keys of every sink instance: `retry`, `circuit_breaker`, … */
  readonly framework?: Readonly<Record<string, unknown>>
  /** Sections of the configuration beside `kafka` and `sinks`. */
  readonly config?: Readonly<Record<string, unknown>>
  readonly onDeliveryError?: WorkerPlan['onDeliveryError']
  /** Where dead letters go; `read` are the same brokers without a proxy before them. */
  readonly deadLetters?: { readonly brokers: string; readonly read: string }
  /** Dead letters that cannot be sent wait in a spool of the rig. */
  readonly spools?: boolean
}

let rigs = 0

export class Rig {
  readonly source: SourceTopic
  readonly worker: FaultWorker
  readonly targets: readonly Target[]
  readonly logFile: string
  readonly #deadLetterLog: MessageLog
  readonly deadLetters: DeadLetterReader
  readonly #folder: string

  private constructor(parts: { source: SourceTopic; worker: FaultWorker; options: RigOptions; deadLetterLog: MessageLog; folder: string }) {
    this.source = parts.source
    this.worker = parts.worker
    this.targets = parts.options.targets
    this.#deadLetterLog = parts.deadLetterLog
    this.deadLetters = new DeadLetterReader(parts.deadLetterLog, `${parts.source.topic}_dlq`)
    this.#folder = parts.folder
    this.logFile = join(parts.folder, 'worker.log')
  }

  static async start(options: RigOptions): Promise<Rig> {
    rigs += 1
    const topic = `faults-${options.name}-${process.pid}-${rigs}`
    const folder = await mkdtemp(join(tmpdir(), 'drakkar-faults-'))
    const source = await SourceTopic.create(topic, options.brokers)
    const deadLetterLog = await openBroker(options.deadLetters?.read ?? options.brokers)
    const configPath = join(folder, 'drakkar.yaml')
    await writeFile(configPath, JSON.stringify(workerConfig(options, source, folder)))
    const sinks = options.targets.flatMap(({ payloadKey, instances }) => instances.map(({ name }) => ({ payloadKey, name })))
    const { onDeliveryError } = options
    const worker = new FaultWorker(configPath, { sinks, ...(onDeliveryError !== undefined && { onDeliveryError }) })
    const rig = new Rig({ source, worker, options, deadLetterLog, folder })
    await until(() => rig.worker.snapshot !== null, rig.#waiting('the worker starts', 30_000))
    return rig
  }

  get spoolFolder(): string {
    return join(this.#folder, 'spool')
  }

  get instances(): readonly TargetInstance[] {
    return this.targets.flatMap(({ instances }) => instances)
  }

  produce(phase: string, count: number, options?: ProduceOptions): Promise<void> {
    return this.source.produce(phase, count, options)
  }

  /** Resolves when all messages produced so far are committed. */
  async untilCommitted(withinMs = 60_000): Promise<void> {
    const waiting = this.#waiting('all messages are committed', withinMs)
    await until(() => (this.worker.snapshot?.counters.completed ?? 0) >= this.source.entries.length, waiting)
    await until(async () => committedCount(await this.source.committed()) === this.source.entries.length, waiting)
  }

  /** Ends of the messages of a phase at this instance; of all messages when the phase is empty. */
  async observe(instance: TargetInstance, phase: string): Promise<Observed> {
    const ofPhase = (id: string) => phase === '' || id.startsWith(`${phase}-`)
    const [delivered, dead] = [await instance.delivered(), await this.deadLetters.idsOf(instance.name)]
    const skipped = this.worker.skipped.flatMap(({ id, sinkName }) => (sinkName === instance.name ? [id] : []))
    return {
      delivered: delivered.filter(ofPhase),
      dead: dead.filter(ofPhase),
      spooled: (await readSpool(this.spoolFolder)).filter(ofPhase),
      skipped: skipped.filter(ofPhase),
    }
  }

  /** Ids that are committed at this moment and settled nowhere. To be asked while the targets can be read. */
  async committedTooEarly(): Promise<readonly string[]> {
    const committed = await this.source.committed()
    const early = await Promise.all(
      this.instances.map(async (instance) => {
        const { delivered, dead, spooled, skipped } = await this.observe(instance, '')
        return committedUnsettled(this.source.entries, committed, new Set([...delivered, ...dead, ...spooled, ...skipped]))
      }),
    )
    return early.flat()
  }

  /** All the worker logged. */
  log(): string {
    return readFileSync(this.logFile, 'utf8')
  }

  /** The worker as its last report shows one of its sinks. */
  sink(name: string): SinkSnapshot | undefined {
    return this.worker.snapshot?.sinks.find((sink) => sink.sink_name === name)
  }

  /** Waits for something the worker does; its snapshot and log are in the error when it does not come. */
  until(what: string, isTrue: () => boolean | Promise<boolean>, withinMs = 30_000): Promise<void> {
    return until(isTrue, this.#waiting(what, withinMs))
  }

  /** Stops the worker politely; resolves with its exit code. */
  async stop(): Promise<number | null> {
    this.worker.kill('SIGTERM')
    const { code } = await this.worker.exited
    return code
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.worker.isRunning) this.worker.kill('SIGKILL')
    await this.worker.exited
    await this.source.close()
    await this.#deadLetterLog.close()
    await rm(this.#folder, { recursive: true, force: true })
  }

  #waiting(what: string, withinMs: number) {
    return {
      what,
      withinMs,
      gaveUp: () => (this.worker.isRunning ? '' : `the worker ended by itself: ${this.worker.stderr()}`),
      details: () => `${JSON.stringify(this.worker.snapshot, null, 1)}\n${this.log().slice(-3000)}`,
    }
  }
}

function workerConfig(options: RigOptions, source: SourceTopic, folder: string): Readonly<Record<string, unknown>> {
  const { executor, dlq, kafka: client, ...sections } = options.config ?? {}
  const kafka = {
    brokers: options.brokers,
    source_topic: source.topic,
    consumer_group: source.group,
    session_timeout_ms: 6000,
    max_buffered_bytes: 4 * 1024 * 1024,
    ...(client as object | undefined),
  }
  return {
    kafka,
    executor: { max_executors: 4, drain_timeout_seconds: 10, ...(executor as object | undefined) },
    dlq: {
      ...(options.spools === true && { spool_dir: join(folder, 'spool'), on_failure: 'spool', max_retries: 0 }),
      ...(options.deadLetters && { brokers: options.deadLetters.brokers }),
      ...(dlq as object | undefined),
    },
    logging: { level: 'WARNING', output: join(folder, 'worker.log') },
    ...sections,
    sinks: { ...(sections['sinks'] as object | undefined), ...sinkSections(options) },
  }
}

function sinkSections({ targets, framework }: RigOptions): Readonly<Record<string, unknown>> {
  const ofTarget = ({ instances }: Target) => Object.fromEntries(instances.map(({ name, config }) => [name, { ...framework, ...config }]))
  return Object.fromEntries(targets.map((target) => [target.type, ofTarget(target)]))
}

function committedCount(committed: ReadonlyMap<number, number>): number {
  return [...committed.values()].reduce((sum, offset) => sum + offset, 0)
}
