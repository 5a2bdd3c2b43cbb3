/** A worker a test moves step by step. */
import type { InputSchema, SinkPayloadMap } from '@drakkar/plugin-sdk'
import type { AppSnapshot } from '../app.ts'
import type { Handler } from '../handler.ts'
import type { TaskMetadata } from '../model/task.ts'
import type { DeadLettered } from './dead-lettered.ts'
import type { Executed } from './execution-record.ts'
import type { Fault } from './faults.ts'
import type { Delivered } from './memory-sinks.ts'
import type { AppLogEntry } from './recording-app-logger.ts'
import { Simulation } from './simulation.ts'
import type { TestMessage } from './test-messages.ts'
import type { HandlerTestOptions } from './test-options.ts'
import type { HandlerRun, TestRecord } from './test-run.ts'

export class TestWorker implements TestRecord, AsyncDisposable {
  readonly #simulation: Simulation
  #run: HandlerRun | null = null

  constructor(simulation: Simulation) {
    this.#simulation = simulation
  }

  get delivered(): readonly Delivered[] {
    return this.#simulation.arrivals.map(({ delivered }) => delivered)
  }

  get deadLettered(): readonly DeadLettered[] {
    return [...this.#simulation.deadLetters]
  }

  get committed(): ReadonlyMap<number, number> {
    return this.#simulation.committed
  }

  get executed(): readonly Executed[] {
    return this.#simulation.executions.entries.map((entry) => ({ ...entry }))
  }

  get logs(): readonly AppLogEntry[] {
    return [...this.#simulation.logger.entries]
  }

  get seconds(): number {
    return this.#simulation.clock.monotonicMs() / 1000
  }

  /** Faults that have had no effect so far, as they were written. */
  get unusedFaults(): readonly string[] {
    return this.#simulation.faults.unused
  }

  payloads<K extends keyof SinkPayloadMap>(list: K): readonly SinkPayloadMap[K][]
  payloads(list: string): readonly unknown[]
  payloads(list: string): readonly unknown[] {
    return this.#simulation.arrivals.filter((arrival) => arrival.list === list).map(({ delivered }) => delivered.payload)
  }

  served(requestId: string): Promise<Uint8Array | null> {
    return this.#simulation.worker.app.served(requestId, { signal: new AbortController().signal })
  }

  /** Counters and states of the worker of this moment; null while none is running. */
  snapshot(): AppSnapshot | null {
    return this.#simulation.worker.app.snapshot()
  }

  /** Appends messages to the source topic. Nothing has come of them yet when this returns. */
  send(...messages: readonly TestMessage[]): void {
    this.#simulation.append(messages)
  }

  /** Faults without a `when` happen at once. */
  inject(...faults: readonly Fault[]): void {
    this.#simulation.arm(faults)
  }

  /**
   * Lets virtual time pass until everything sent is settled and committed. Rejects with a `HandlerTestError` that names what is open
   * when that will never be, and with the worker's error when it fails.
   */
  settle(): Promise<void> {
    return this.#simulation.driver.drive('the commit of every message', () => this.#simulation.isSettled)
  }

  /** Lets so many milliseconds of virtual time pass. */
  advance(ms: number): Promise<void> {
    return this.#simulation.driver.advance(ms)
  }

  /** Stops the worker as SIGTERM does: what runs is finished, what waits is left. Any number of times. */
  async stop(): Promise<HandlerRun> {
    this.#run ??= await this.#stop()
    return this.#run
  }

  /** Ends the worker at once, if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#simulation.dispose()
  }

  async #stop(): Promise<HandlerRun> {
    try {
      const { exitCode } = await this.#simulation.stop()
      const { delivered, deadLettered, committed, executed, logs, seconds } = this
      return {
        ...{ delivered, deadLettered, committed, executed, logs, seconds, exitCode },
        payloads: (list: string) => this.payloads(list),
        served: (requestId) => this.served(requestId),
      }
    } finally {
      await this.#simulation.dispose()
    }
  }
}

/**
 * Starts a worker with the handler, in memory and in virtual time. Resolves when it has its partitions; the messages given may have
 * been processed by then. Rejects with what a real start rejects with.
 */
export async function startTestWorker<S extends InputSchema | undefined, M extends TaskMetadata, T>(
  handler: Handler<S, M, T>,
  options: HandlerTestOptions<M> = {},
): Promise<TestWorker> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the tasks the programs get are those of this handler
  const simulation = new Simulation(handler, options as HandlerTestOptions)
  try {
    await simulation.start()
  } catch (error) {
    await simulation.dispose()
    throw error
  }
  return new TestWorker(simulation)
}
