/** A topic, workers of one group, a feeder, and everything the workers did. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../../support/faults/waiting.ts'
import type { EventWindow } from '../judge/judge-event.ts'
import type { Truth } from '../judge/judge-run.ts'
import type { LedgerLine } from '../judge/ledger-line.ts'
import { ownedNow } from '../judge/ownership.ts'
import { Feeder } from './feeder.ts'
import { labConfig } from './lab-config.ts'
import { LabWorker, type ProgramName } from './lab-worker.ts'
import { LedgerReader } from './ledger-reader.ts'

const pollMs = 50
const exitWithinMs = 30_000

export interface TaskPlan {
  readonly minMs: number
  readonly maxMs: number
  /** Tasks of a partition that run at once. */
  readonly perPartition: number
}

export interface LabOptions {
  /** Part of the topic's name. */
  readonly name: string
  readonly brokers: string
  readonly partitions?: number
  /** Messages that wait in every partition. Default 60, five seconds of work. */
  readonly backlog?: number
  readonly tasks?: Partial<TaskPlan>
  /** Keys of the sections `kafka` and `executor`, over those of the lab. */
  readonly kafka?: Readonly<Record<string, unknown>>
  readonly executor?: Readonly<Record<string, unknown>>
  /** Makes the topic, and what is in it, before anything else looks at it. Default: an empty topic, and a feeder. */
  readonly prepareTopic?: (topic: string, brokers: string) => Promise<void>
}

export interface StartOptions {
  readonly kafka?: Readonly<Record<string, unknown>>
  readonly program?: ProgramName
  /** Ready to begin at `SIGUSR2`, so that its start costs no time then. */
  readonly parked?: boolean
}

export interface EventOptions {
  /** Undisturbed time before it. Default 5 s. */
  readonly quietMs?: number
  /** Time it is watched after the action has resolved. Default 4 s. */
  readonly watchMs?: number
  readonly killed?: readonly string[]
}

let labs = 0

export class Lab implements AsyncDisposable {
  readonly topic: string
  readonly group: string
  /** Of the topic. */
  partitions: number
  readonly workers = new Map<string, LabWorker>()
  readonly events: EventWindow[] = []
  /** Why this run shows nothing. */
  readonly doubts: string[] = []
  readonly feeder: Feeder
  readonly #options: LabOptions
  readonly #folder: string
  readonly #readers = new Map<string, LedgerReader>()
  readonly #lines: LedgerLine[] = []
  /** Those of them that say who owns what. */
  readonly #ownership: LedgerLine[] = []
  readonly #taken: Map<number, number>
  readonly #polling: NodeJS.Timeout

  private constructor(options: LabOptions, parts: { folder: string; topic: string; feeder: Feeder; taken: Map<number, number> }) {
    this.#options = options
    this.#folder = parts.folder
    this.topic = parts.topic
    this.group = `${parts.topic}-workers`
    this.feeder = parts.feeder
    this.#taken = parts.taken
    this.partitions = options.partitions ?? 48
    this.#polling = setInterval(() => this.#poll(), pollMs)
  }

  static async open(options: LabOptions): Promise<Lab> {
    labs += 1
    const topic = `rebalance-${options.name.replaceAll(' ', '-')}-${process.pid}-${labs}`
    const folder = await mkdtemp(join(tmpdir(), 'drakkar-rebalance-'))
    const taken = new Map<number, number>()
    await options.prepareTopic?.(topic, options.brokers)
    const feeder = await Feeder.open({
      brokers: options.brokers,
      topic,
      partitions: options.partitions ?? 48,
      backlog: options.backlog ?? 60,
      taken: (partition) => taken.get(partition) ?? 0,
    })
    await feeder.admin.createTopic(`${topic}_dlq`, 1)
    if (options.prepareTopic === undefined) feeder.start()
    return new Lab(options, { folder, topic, feeder, taken })
  }

  get brokers(): string {
    return this.#options.brokers
  }

  /** In the order of time. */
  get lines(): readonly LedgerLine[] {
    return this.#lines.toSorted((a, b) => a.atMs - b.atMs)
  }

  /** Starts a process of the group under this name. */
  start(name: string, options: StartOptions = {}): LabWorker {
    if (this.workers.has(name)) throw new Error(`there was a worker called ${name} already`)
    const { brokers, kafka, executor, tasks } = this.#options
    const ledgerFile = join(this.#folder, `${name}.ledger`)
    const worker = new LabWorker(options.program ?? 'worker', {
      name,
      ledgerFile,
      logFile: join(this.#folder, `${name}.log`),
      config: labConfig({ brokers, topic: this.topic, group: this.group, kafka: { ...kafka, ...options.kafka }, executor }),
      tasks: { minMs: 50, maxMs: 300, perPartition: 2, ...tasks },
      parked: options.parked ?? false,
    })
    this.workers.set(name, worker)
    this.#readers.set(name, new LedgerReader(name, ledgerFile))
    void worker.exited.then(() => this.#takeGone(name))
    return worker
  }

  worker(name: string): LabWorker {
    const worker = this.workers.get(name)
    if (worker === undefined) throw new Error(`there is no worker called ${name}`)
    return worker
  }

  /** Partitions a worker owns at this moment, as it was told. */
  owned(name: string): ReadonlySet<number> {
    return ownedNow(this.#ownership).get(name) ?? new Set()
  }

  /** Resolves when these workers own all partitions, none of them more than one more than another. */
  async untilShared(names: readonly string[], withinMs = 60_000): Promise<void> {
    await this.until(
      `${names.join(', ')} share ${this.partitions} partitions`,
      () => {
        const shares = names.map((name) => this.owned(name))
        const sizes = shares.map(({ size }) => size)
        const all = new Set(shares.flatMap((share) => [...share]))
        return (
          all.size === this.partitions &&
          sizes.reduce((a, b) => a + b, 0) === this.partitions &&
          Math.max(...sizes) - Math.min(...sizes) <= 1
        )
      },
      withinMs,
    )
  }

  /** Resolves when a line comes that was written after this call and that fits. */
  async untilLine(what: string, fits: (line: LedgerLine) => boolean, withinMs = 30_000): Promise<LedgerLine> {
    const since = Date.now()
    let found: LedgerLine | undefined
    await this.until(what, () => (found = this.#lines.findLast((line) => line.atMs >= since && fits(line))) !== undefined, withinMs)
    if (found === undefined) throw new Error(what)
    return found
  }

  async until(what: string, isTrue: () => boolean | Promise<boolean>, withinMs = 60_000): Promise<void> {
    const read = async (): Promise<boolean> => {
      this.#poll()
      return isTrue()
    }
    await until(read, { what, withinMs, gaveUp: () => this.#brokenWorker(), details: () => this.#shares() })
  }

  /** Undisturbed time, the action, and time to watch what comes of it. The last two are the event. */
  async event(name: string, action: () => Promise<void> | void, options: EventOptions = {}): Promise<EventWindow> {
    const quietFromMs = Date.now()
    await sleep(options.quietMs ?? 5000)
    const fromMs = Date.now()
    await action()
    await sleep(options.watchMs ?? 4000)
    const window = { name, quietFromMs, fromMs, untilMs: Date.now(), killed: options.killed ?? [] }
    this.events.push(window)
    return window
  }

  /** Ends the feeding, waits until all that was produced is committed, and stops the workers politely. */
  async finish(withinMs = 120_000): Promise<Truth> {
    await this.feeder.stop()
    const ranges = await this.feeder.ends()
    const ends = new Map([...ranges].map(([partition, { end }]) => [partition, end]))
    await this.untilCommitted(ends, withinMs)
    await this.stopAll()
    const expected = [...ranges].flatMap(([partition, { start, end }]) =>
      Array.from({ length: end - start }, (_, index) => `${partition}/${start + index}`),
    )
    return { expected, ends, committed: await this.feeder.admin.committed(this.group, this.topic) }
  }

  async untilCommitted(ends: ReadonlyMap<number, number>, withinMs: number): Promise<void> {
    const isCommitted = async (): Promise<boolean> => {
      const committed = await this.feeder.admin.committed(this.group, this.topic)
      return [...ends].every(([partition, end]) => (committed.get(partition) ?? 0) >= end)
    }
    await this.until('everything is committed', isCommitted, withinMs)
  }

  /** SIGTERM to all that still run; those that do not end within 30 s are killed, which is an error. */
  async stopAll(): Promise<void> {
    const running = [...this.workers.values()].filter(({ isRunning }) => isRunning)
    for (const worker of running) worker.signal('SIGTERM')
    const ends = Promise.all(running.map(({ exited }) => exited))
    const inTime = await Promise.race([ends, sleep(exitWithinMs, null, { ref: false })])
    for (const worker of running) if (worker.isRunning) worker.signal('SIGKILL')
    await ends
    this.#poll()
    if (inTime === null) throw new Error(`a worker did not end within ${exitWithinMs} ms of SIGTERM`)
  }

  /** What a worker and its Kafka client logged. */
  log(name: string): Promise<string> {
    return readFile(this.worker(name).plan.logFile, 'utf8')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#polling)
    for (const worker of this.workers.values()) {
      if (!worker.isRunning) continue
      worker.signal('SIGKILL')
      await worker.exited
    }
    await this.feeder.close()
    if (process.env['REBALANCE_KEEP'] === undefined) await rm(this.#folder, { recursive: true, force: true })
    else process.stderr.write(`ledgers and logs of ${this.topic}: ${this.#folder}\n`)
  }

  #poll(): void {
    for (const reader of this.#readers.values()) for (const line of reader.readNew()) this.#take(line)
  }

  #take(line: LedgerLine): void {
    this.#lines.push(line)
    if (line.kind === 'start') {
      const [partition, offset] = line.data
      this.#taken.set(partition, Math.max(this.#taken.get(partition) ?? 0, offset + 1))
    } else if (!['end', 'killed', 'delivered', 'commit', 'pause', 'resume'].includes(line.kind)) this.#ownership.push(line)
  }

  #takeGone(name: string): void {
    const atMs = Date.now()
    this.#poll()
    this.#take({ atMs, worker: name, kind: 'gone', data: [] })
  }

  /** A worker that ends by itself ends the scenario. */
  #brokenWorker(): string {
    const died = this.#ownership.find((line) => line.kind === 'died')
    return died === undefined ? '' : `${died.worker} died: ${JSON.stringify(died.data)} ${this.worker(died.worker).stderr()}`
  }

  #shares(): string {
    return [...ownedNow(this.#ownership)].map(([name, share]) => `${name}: ${share.size} [${[...share].join(' ')}]`).join('; ')
  }
}
