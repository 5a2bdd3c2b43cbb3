/** Everything one run of a scenario needs: topics, the oracle, workers, a proxy, a folder. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startBrokerProxy } from '../../support/faults/targets/kafka-target.ts'
import { becomes } from '../../support/faults/waiting.ts'
import type { FaultProxy } from '../../support/fault-proxy.ts'
import { processesWith, programOf } from '../../support/process-scan.ts'
import type { FaultScenario, Load, Tier } from '../contract.ts'
import { completeMix } from '../oracle/message-plan.ts'
import { startOracle, type OracleClient } from '../oracle/oracle-client.ts'
import type { OracleStatus } from '../oracle/oracle-api.ts'
import { SeededRandom } from '../random.ts'
import type { BrokerControl } from './broker-control.ts'
import { descendantsOf } from './processes.ts'
import { StageWorker, survivors, type LogLine, type WorkerLaunch } from './stage-worker.ts'
import { workerConfig, type StageNames } from './worker-config.ts'

export interface StageOptions {
  readonly scenario: FaultScenario
  readonly tier: Tier
  readonly load: Load
  readonly seed: number
  readonly broker: BrokerControl
}

let stages = 0

export class Stage {
  readonly scenario: FaultScenario
  readonly tier: Tier
  readonly load: Load
  readonly seed: number
  /** For the scenario's own decisions. */
  readonly random: SeededRandom
  readonly broker: BrokerControl
  readonly oracle: OracleClient
  /** Between workers and broker when the scenario's way is `proxy`. */
  readonly proxy: FaultProxy
  readonly names: StageNames
  /** Temporary; goes with the stage. */
  readonly folder: string
  /** All that were started, those that are gone included. */
  readonly workers: StageWorker[] = []
  /** Further figures for the result: `stage.figures.rebalances = 3`. */
  readonly figures: Record<string, number> = {}
  /** What the stage itself found wrong, e.g. processes that outlived a kill. */
  readonly breaches: string[] = []
  #faultAtMs = Number.POSITIVE_INFINITY
  #assignmentsBefore = 0
  /** `NAME=value` in the environment of every process of this run but the guardian. */
  readonly marker: string

  private constructor(options: StageOptions, parts: { proxy: FaultProxy; names: StageNames; folder: string; oracle: OracleClient }) {
    this.scenario = options.scenario
    this.tier = options.tier
    this.load = options.load
    this.seed = options.seed
    this.broker = options.broker
    this.random = new SeededRandom(options.seed).fork('scenario')
    this.proxy = parts.proxy
    this.names = parts.names
    this.folder = parts.folder
    this.oracle = parts.oracle
    this.marker = `FAULT_RUN=${parts.names.topic}`
  }

  static async open(options: StageOptions): Promise<Stage> {
    stages += 1
    const { scenario, seed, broker } = options
    const topic = `${scenario.id.toLowerCase()}-${scenario.name}-${seed}-${process.pid}-${stages}`
    const names = { topic, results: `${topic}-results`, group: `${topic}-workers`, deadLetters: `${topic}_dlq` }
    const mix = completeMix(scenario.messages)
    const folder = await mkdtemp(join(tmpdir(), 'drakkar-fault-'))
    await broker.createTopic(topic, { partitions: mix.partitions, settings: scenario.topics?.source ?? {} })
    // Ends are timed by the broker's clock: a worker's may be the fault.
    const settings = { 'message.timestamp.type': 'LogAppendTime' }
    await broker.createTopic(names.results, { partitions: 4, settings })
    await broker.createTopic(names.deadLetters, { partitions: 1, settings: { ...settings, ...scenario.topics?.deadLetters } })
    const stage = new Stage(options, { proxy: await startBrokerProxy(broker.address), names, folder, oracle: startOracle() })
    await stage.oracle.open({
      brokers: broker.address,
      topic,
      results: names.results,
      deadLetters: names.deadLetters,
      group: names.group,
      plan: { seed, mix },
      executionsFile: join(folder, 'executions.txt'),
      ...(scenario.resultsFile !== undefined && { resultsFile: join(folder, scenario.resultsFile) }),
    })
    return stage
  }

  get proxyAddress(): string {
    return `127.0.0.1:${this.proxy.port}`
  }

  /** `load.rounds`, at least 1. */
  get rounds(): number {
    return this.load.rounds ?? 1
  }

  /** Workers that run. */
  get running(): readonly StageWorker[] {
    return this.workers.filter((worker) => worker.isRunning)
  }

  /** The first worker that runs; throws when none does. */
  get worker(): StageWorker {
    const [first] = this.running
    if (first === undefined) throw new Error(`no worker runs: ${this.workers.at(-1)?.lastWords() ?? ''}`)
    return first
  }

  /** Resolves at once: `untilJoined` waits for the group. */
  async startWorker(launch: WorkerLaunch = this.scenario.launch ?? {}): Promise<StageWorker> {
    const name = `worker-${this.workers.length + 1}`
    const configFile = join(this.folder, `${name}.yaml`)
    const logFile = join(this.folder, `${name}.log`)
    const way = launch.way ?? this.scenario.way
    const brokers = way === 'proxy' ? this.proxyAddress : this.broker.address
    const overrides = [this.scenario.config?.(this) ?? {}, launch.config ?? {}]
    await writeFile(configFile, JSON.stringify(workerConfig({ ...this.names, brokers, logFile, overrides }), null, 2))
    const [variable = '', value = ''] = this.marker.split('=')
    const env = { WORKER_ID: name, FAULT_EXECUTIONS: join(this.folder, 'executions.txt'), [variable]: value, ...launch.env }
    const { through } = launch
    const worker = new StageWorker({ configFile, logFile, env, ...(through !== undefined && { through }) })
    this.workers.push(worker)
    return worker
  }

  /** SIGTERM. It must end with one of these codes, and leave no process. */
  async stopWorker(worker: StageWorker, codes: readonly number[] = [0]): Promise<void> {
    const family = await descendantsOf(worker.pid)
    const { code, signal } = await worker.stop()
    if (code === null || !codes.includes(code))
      this.breaches.push(`a worker that was told to stop ended with ${signal ?? code}: ${worker.lastWords()}`)
    const left = await survivors(family, 2000)
    if (left > 0) this.breaches.push(`${left} processes alive 2 s after the worker had stopped`)
  }

  /** SIGKILL with its book-keeping: what it may cost, and that nothing of the worker is alive 5 s later. */
  async killWorker(worker: StageWorker): Promise<void> {
    const left = await worker.kill()
    if (left > 0) this.breaches.push(`${left} processes alive 5 s after the worker was killed`)
    await this.oracle.countKill()
  }

  /** Resolves when the group is stable with all workers that run. */
  untilJoined(withinMs = 30_000): Promise<void> {
    return this.broker.untilStable(this.names.group, this.running.length, withinMs)
  }

  status(): Promise<OracleStatus> {
    return this.oracle.status()
  }

  /** Waits for something the oracle sees. Rejects, with what the workers said last, when it does not come. */
  async until(what: string, isTrue: (status: OracleStatus) => boolean, withinMs = 60_000): Promise<void> {
    if (await this.becomes(isTrue, withinMs)) return
    const status = JSON.stringify(await this.status())
    throw new Error(`${what}: not within ${withinMs} ms. ${status}\n${this.workers.map((worker) => worker.lastWords()).join('\n')}`)
  }

  /** False when it did not come in time. */
  becomes(isTrue: (status: OracleStatus) => boolean, withinMs: number): Promise<boolean> {
    return becomes(async () => isTrue(await this.status()), { what: 'the oracle sees it', withinMs })
  }

  /** Resolves when so many messages more have their end, or all have. */
  async untilSettledMore(count: number, withinMs = 60_000): Promise<void> {
    const { settled } = await this.status()
    await this.until(`${count} messages more are settled`, (now) => now.settled >= Math.min(now.produced, settled + count), withinMs)
  }

  /** From here on warnings and rebalances are the fault's. Called by the run. */
  beginFault(): number {
    this.#faultAtMs = Date.now()
    this.#assignmentsBefore = this.logged('partitions_assigned').length
    return this.#faultAtMs
  }

  /** Assignments since the fault began. */
  get rebalances(): number {
    return this.logged('partitions_assigned').length - this.#assignmentsBefore
  }

  /** Lines of all workers with one of these events. */
  logged(...events: readonly string[]): readonly LogLine[] {
    return this.workers.flatMap((worker) => worker.log()).filter(({ event }) => events.includes(event))
  }

  /** Lines of at least level `warning` that the workers wrote since the fault began: what it did to them. */
  warnings(...events: readonly string[]): number {
    const isMeant = (line: LogLine) => events.length === 0 || events.includes(line.event)
    const serious = new Set(['warning', 'error', 'critical'])
    const lines = this.workers.flatMap((worker) => worker.log())
    return lines.filter(
      (line) => serious.has(String(line['level'])) && isMeant(line) && Date.parse(String(line['timestamp'])) >= this.#faultAtMs,
    ).length
  }

  /** A deterministic pause. */
  randomMs(from: number, to: number): number {
    return Math.round(this.random.between(from, to))
  }

  /** Task programs that run at this moment. */
  async programsAtWork(): Promise<number> {
    const names = await Promise.all((await this.processes()).map(programOf))
    return names.filter((name) => name === 'sh' || name === 'sleep').length
  }

  /** Pids of this run's live processes, by their environment. */
  processes(): Promise<readonly number[]> {
    return processesWith(this.marker)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.broker.restore()
    for (const worker of this.running) worker.signal('SIGKILL')
    await Promise.all(this.workers.map(({ exited }) => exited))
    await this.oracle.close()
    await this.proxy.close()
    await rm(this.folder, { recursive: true, force: true })
  }
}
