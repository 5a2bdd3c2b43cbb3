/**
 * Several workers on one memory log, and a judge who believes none of them: he knows what was appended, what runs where, and
 * what is settled, and looks at every commit and at every start of a task.
 */
import { LogError, systemClock, type Clock } from '@drakkar/plugin-sdk'
import type { CommitRequest, LogConsumer } from '@drakkar/plugin-sdk/log'
import type { RunSummary } from '../../src/app.ts'
import { defineHandler } from '../../src/handler.ts'
import { MemoryLog } from '../../src/log/memory/memory-log.ts'
import { task } from '../../src/model/make-task.ts'
import type { ExecutorErrorKind, ExecutorTask, TaskOutcome } from '../../src/model/task.ts'
import type { Executor, RunOptions } from '../../src/pipeline/executor/executor.ts'
import { createHarness, group, replaceConsumer, topic, type Harness } from './harness.ts'
import { createRecorder, recordSink } from './record-sink.ts'
import { errorOf, resultOf, turn } from './values.ts'

export const partitions = 3
const drainSeconds = 7

interface RunningTask {
  readonly worker: RigWorker
  readonly partition: number
  readonly offset: number
  end(succeeds: boolean): void
}

interface RigWorker {
  readonly name: number
  readonly harness: Harness
  readonly ended: Promise<RunSummary>
  stopped: boolean
}

export class RebalanceRig {
  readonly log = new MemoryLog({ topics: { [topic]: partitions, [`${topic}_dlq`]: partitions } })
  /** What the judge holds against the workers. */
  readonly complaints: string[] = []
  readonly counts = { settled: 0, killed: 0, failedCommits: 0, refusedCommits: 0, drainTimeouts: 0, repeated: 0 }
  readonly #appended = new Map<number, number>()
  readonly #settled = new Set<string>()
  readonly #running = new Set<RunningTask>()
  readonly #drains = new Set<() => void>()
  readonly #all: RigWorker[] = []

  get alive(): readonly RigWorker[] {
    return this.#all.filter(({ stopped }) => !stopped)
  }

  append(partition: number, count: number): void {
    this.#appended.set(partition, (this.#appended.get(partition) ?? 0) + count)
    this.log.append(...Array.from({ length: count }, () => ({ topic, partition, value: Buffer.from('1') })))
  }

  async startWorker(): Promise<void> {
    const name = this.#all.length
    const recorder = createRecorder()
    recorder.script = (items) => {
      for (const { source } of items) for (const offset of source.offsets) this.#settle(source.partition, offset)
      return 'normal'
    }
    const handler = defineHandler({
      arrange: (messages) => messages.map((message) => task({ from: message, metadata: { partition: message.partition } })),
      onTaskComplete: () => ({ record: [{ data: 1 }] }),
      onError: (failed) => {
        this.#settle(partitionOf(failed), offsetOf(failed))
        return 'SKIP'
      },
    })
    const executor = new HeldExecutor((held, kill) => this.#hold(worker, held, kill))
    const harness = await createHarness({
      handler,
      sinks: [recordSink(recorder)],
      executor,
      log: this.log.handle(),
      partitions,
      until: 'stopped',
      clock: this.#clock,
      config: { executor: { drain_timeout_seconds: drainSeconds, max_executors: 2, window_size: 2 }, kafka: kafkaConfig },
      wrapConsumer: (consumer) => this.#watch(consumer),
    })
    const worker: RigWorker = { name, harness, ended: harness.app.run(), stopped: false }
    this.#all.push(worker)
    await settled()
  }

  stopWorker(index: number): void {
    const worker = this.alive[index % Math.max(1, this.alive.length)]
    if (worker === undefined) return
    worker.stopped = true
    worker.harness.app.stop()
  }

  /** Ends the task that runs at this place, counted from the one that runs longest. */
  endTask(index: number, succeeds: boolean): void {
    const running = [...this.#running]
    running[index % Math.max(1, running.length)]?.end(succeeds)
  }

  /** Not awaited: owners may drain for long. */
  rebalance(partition: number): void {
    void this.log.rebalance({ group, topic, partitions: [partition] })
  }

  /** The partition has no owner for a moment, as after an expired session. */
  lose(partition: number): void {
    this.log.losePartitions({ group, topic, partitions: [partition] })
    void this.log.rebalance({ group, topic, partitions: [] })
  }

  failNextCommit(): void {
    this.counts.failedCommits += 1
    this.log.failNextCommit(new LogError({ kind: 'transient', code: 'DRK_LOG_FAILED', message: 'rebalance in progress' }))
  }

  /** The budget of every drain under way is over. */
  endDrains(): void {
    this.counts.drainTimeouts += this.#drains.size
    for (const end of this.#drains) end()
  }

  /** Ends everything, lets a last worker do what is left, and judges. */
  async judge(): Promise<void> {
    for (const worker of this.alive) this.stopWorker(this.alive.indexOf(worker))
    await this.#finish(() => Promise.all(this.#all.map(({ ended }) => ended)))
    await this.startWorker()
    const isDone = (): boolean => [...this.#appended].every(([partition, end]) => this.log.committed(group, topic).get(partition) === end)
    await this.#finish(async () => {
      for (let turns = 0; turns < 20_000 && !isDone(); turns += 1) await turn()
      if (!isDone()) this.complaints.push(`committed ${JSON.stringify([...this.log.committed(group, topic)])} in the end`)
      this.stopWorker(0)
      await this.#all.at(-1)?.ended
    })
    for (const [partition, end] of this.#appended) {
      for (let offset = 0; offset < end; offset += 1) {
        if (!this.#settled.has(place(partition, offset))) this.complaints.push(`${place(partition, offset)} is lost`)
      }
    }
    for (const { ended } of this.#all) {
      const { exitCode } = await ended
      if (exitCode !== 0 && exitCode !== 5) this.complaints.push(`exit code ${exitCode}`)
    }
    if (this.#running.size > 0) this.complaints.push(`${this.#running.size} tasks run although no worker does`)
  }

  /** Runs with every task ended as soon as it runs. */
  async #finish(work: () => Promise<unknown>): Promise<void> {
    let over = false
    const done = work().finally(() => (over = true))
    for (let turns = 0; turns < 50_000 && !over; turns += 1) {
      for (const running of [...this.#running]) running.end(true)
      await turn()
    }
    if (!over) this.complaints.push('the workers do not end')
    else await done
  }

  #hold(worker: RigWorker, held: ExecutorTask, end: (succeeds: boolean) => void): () => void {
    const [partition, offset] = [partitionOf(held), offsetOf(held)]
    const committed = this.log.committed(group, topic).get(partition) ?? 0
    if (offset < committed) this.complaints.push(`${place(partition, offset)} runs although ${committed} is committed`)
    for (const other of this.#running) {
      if (other.partition === partition && other.worker !== worker) this.complaints.push(`two workers run partition ${partition}`)
    }
    if (this.#settled.has(place(partition, offset))) this.counts.repeated += 1
    const running: RunningTask = {
      worker,
      partition,
      offset,
      end: (succeeds) => {
        this.#running.delete(running)
        end(succeeds)
      },
    }
    this.#running.add(running)
    return () => {
      this.#running.delete(running)
      this.counts.killed += 1
    }
  }

  #settle(partition: number, offset: number): void {
    this.counts.settled += 1
    this.#settled.add(place(partition, offset))
  }

  #watch(consumer: LogConsumer): LogConsumer {
    return replaceConsumer(consumer, {
      commit: async (requests) => {
        const result = await consumer.commit(requests)
        this.counts.refusedCommits += result.refused.length
        for (const request of result.committed) this.#check(request)
        return result
      },
    })
  }

  /** Everything below a committed offset is settled. */
  #check({ partition, offset: committed }: CommitRequest): void {
    for (let offset = 0; offset < committed; offset += 1) {
      if (!this.#settled.has(place(partition, offset)))
        this.complaints.push(`${committed} committed, ${place(partition, offset)} is not settled`)
    }
  }

  /** Drains end when the test says so; what only bounds a hang keeps its time; retries come at once. */
  readonly #clock: Clock = {
    ...systemClock,
    sleep: async (ms, signal) => {
      if (signal?.aborted === true) return
      if (ms === drainSeconds * 1000) await this.#drain(signal)
      else if (ms >= 4000) await systemClock.sleep(ms, signal)
      else await turn()
    },
  }

  #drain(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        this.#drains.delete(end)
        resolve()
      }
      this.#drains.add(end)
      signal?.addEventListener('abort', end, { once: true })
    })
  }
}

const kafkaConfig = { source_topic: topic, consumer_group: group, max_poll_records: 3 }

/** Lets everything that is ready to run, run: several turns, because one thing leads to another. */
export async function settled(): Promise<void> {
  for (let turns = 0; turns < 8; turns += 1) await turn()
}

/** Runs a task until the test ends it, or its signal kills it. `hold` returns what to do at a kill. */
class HeldExecutor implements Executor {
  readonly maxExecutors = 2
  readonly #hold: (held: ExecutorTask, end: (succeeds: boolean) => void) => () => void
  readonly #waiting = new Set<() => void>()
  activeCount = 0

  constructor(hold: (held: ExecutorTask, end: (succeeds: boolean) => void) => () => void) {
    this.#hold = hold
  }

  get waitingCount(): number {
    return this.#waiting.size
  }

  async start(): Promise<void> {}

  async close(): Promise<void> {}

  async run(held: ExecutorTask, { signal, admission }: RunOptions): Promise<TaskOutcome> {
    while (this.activeCount >= this.maxExecutors && !signal.aborted && admission?.aborted !== true) await this.#slot(signal, admission)
    if (signal.aborted || admission?.aborted === true) return failure(held, 'cancelled')
    this.activeCount += 1
    const outcome = await this.#held(held, signal)
    this.activeCount -= 1
    for (const wake of [...this.#waiting]) wake()
    return outcome
  }

  #held(held: ExecutorTask, signal: AbortSignal): Promise<TaskOutcome> {
    return new Promise((resolve) => {
      const killed = this.#hold(held, (succeeds) => {
        signal.removeEventListener('abort', onKill)
        resolve(succeeds ? { status: 'completed', result: resultOf(held) } : failure(held, 'exit'))
      })
      const onKill = (): void => {
        killed()
        resolve(failure(held, 'cancelled'))
      }
      signal.addEventListener('abort', onKill, { once: true })
    })
  }

  #slot(signal: AbortSignal, admission: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake)
        signal.removeEventListener('abort', wake)
        admission?.removeEventListener('abort', wake)
        resolve()
      }
      this.#waiting.add(wake)
      signal.addEventListener('abort', wake, { once: true })
      admission?.addEventListener('abort', wake, { once: true })
    })
  }
}

function failure(held: ExecutorTask, kind: ExecutorErrorKind): TaskOutcome {
  return { status: 'failed', error: errorOf(held, { kind }), result: resultOf(held, { exitCode: 3 }) }
}

function place(partition: number, offset: number): string {
  return `${partition}/${offset}`
}

function partitionOf(held: ExecutorTask): number {
  return Number(held.metadata['partition'])
}

function offsetOf(held: ExecutorTask): number {
  return held.sourceOffsets[0] ?? -1
}
