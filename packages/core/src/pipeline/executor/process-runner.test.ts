/** Pool, supervision and start failures together, without processes: nothing leaks, nothing runs twice at once. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TaskOutcome } from '../../model/task.ts'
import { quietLogger, settings, taskOf } from '../../../test/executor/executor-fixtures.ts'
import { FakeSpawner } from '../../../test/executor/fake-spawner.ts'
import { connectCancellation } from './cancellation.ts'
import { ExecutorPool } from './executor-pool.ts'
import { guardObserver } from './observer.ts'
import { OomKills } from './oom-kills.ts'
import { ProcessRunner } from './process-runner.ts'

/** Sleeps end only when the test says so. */
class ManualClock {
  nowMs = 0
  readonly #sleepers = new Set<() => void>()

  now = (): number => this.nowMs
  monotonicMs = (): number => this.nowMs

  sleep = (_ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const wake = (): void => {
        this.#sleepers.delete(wake)
        resolve()
      }
      this.#sleepers.add(wake)
      signal?.addEventListener('abort', wake, { once: true })
    })

  /** Every sleep that is under way ends. */
  elapse(): void {
    this.nowMs += 1_000_000
    for (const wake of this.#sleepers) wake()
  }
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  await new Promise((resolve) => setImmediate(resolve))
}

function createBench(maxExecutors: number) {
  const clock = new ManualClock()
  const spawner = new FakeSpawner()
  const watched = new Set<number>()
  const told: string[] = []
  const pool = new ExecutorPool({ maxExecutors, clock, onIncomparablePriority: () => {} })
  const observer = guardObserver(
    {
      taskStarted: ({ task, slot }) => told.push(`start ${task.taskId} in ${slot}`),
      taskEnded: ({ task }) => told.push(`end ${task.taskId}`),
      pressure: ({ code }) => told.push(code),
    },
    quietLogger,
  )
  const runner = new ProcessRunner({
    config: settings({ max_executors: maxExecutors, kill_grace_seconds: 1 }),
    logger: quietLogger,
    clock,
    spawner,
    pool,
    observer,
    oomKills: new OomKills(),
    environment: {},
    guardian: { watch: (pid) => watched.add(pid), forget: (pid) => watched.delete(pid) },
  })
  const run = (
    taskId: string,
    priority: number,
    how: { whole?: AbortController; admission?: AbortController; binaryPath?: string } = {},
  ) => {
    const { signal } = how.whole ?? new AbortController()
    const cancellation = connectCancellation(signal, how.admission?.signal)
    return runner.run(taskOf({ taskId, args: [taskId], binaryPath: how.binaryPath ?? null }), { priority, signal, cancellation })
  }
  return { clock, spawner, watched, told, pool, runner, run }
}

type Move =
  | { readonly do: 'run'; readonly priority: number; readonly failure: string | null; readonly isStubborn: boolean }
  | { readonly do: 'end' | 'abort' | 'close admission'; readonly pick: number }
  | { readonly do: 'microtasks'; readonly count: number }
  | { readonly do: 'turn' | 'elapse' }

const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('run' as const),
      priority: fc.nat(3),
      failure: fc.constantFrom(null, null, null, 'EAGAIN', 'EMFILE', 'ENOENT', 'E2BIG'),
      isStubborn: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constantFrom('end' as const, 'abort' as const, 'close admission' as const), pick: fc.nat() }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('microtasks' as const), count: fc.nat(6) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('turn' as const, 'elapse' as const) }) },
)

class RandomSchedule {
  readonly bench: ReturnType<typeof createBench>
  /** Tasks whose program was started although they had been cancelled before. */
  readonly startedInVain: unknown[] = []
  readonly #max: number
  readonly #controllers: { readonly whole: AbortController; readonly admission: AbortController }[] = []
  readonly #outcomes: Promise<TaskOutcome>[] = []

  constructor(max: number) {
    this.#max = max
    this.bench = createBench(max)
    this.bench.spawner.onSpawn = ({ args: [taskId] }) => {
      const controllers = this.#controllers[Number(taskId?.slice(1))]
      if (controllers?.whole.signal.aborted === true || controllers?.admission.signal.aborted === true) this.startedInVain.push(taskId)
    }
  }

  async apply(taken: Move): Promise<void> {
    const { spawner, clock } = this.bench
    if (taken.do === 'run') this.#start(taken.priority, taken.failure)
    else if (taken.do === 'end') spawner.running[taken.pick % spawner.running.length]?.end()
    else if (taken.do === 'abort') this.#controllers[taken.pick % this.#controllers.length]?.whole.abort()
    else if (taken.do === 'close admission') this.#controllers[taken.pick % this.#controllers.length]?.admission.abort()
    else if (taken.do === 'turn') await turn()
    else if (taken.do === 'elapse') clock.elapse()
    else if (taken.do === 'microtasks') for (let count = 0; count < taken.count; count += 1) await Promise.resolve()
    for (const process of spawner.running) process.endsOnTerm = taken.do === 'run' ? !taken.isStubborn : process.endsOnTerm
    this.#expectBounds()
  }

  /** Ends everything that still runs and gives the outcomes. */
  async finish(): Promise<TaskOutcome[]> {
    let settled: TaskOutcome[] | undefined
    const all = Promise.all(this.#outcomes).then((outcomes) => (settled = outcomes))
    for (let round = 0; settled === undefined && round < 500; round += 1) {
      for (const process of this.bench.spawner.running) process.end()
      this.bench.clock.elapse()
      await turn()
      this.#expectBounds()
    }
    assert.ok(settled !== undefined, 'every task settles')
    return all
  }

  #start(priority: number, failure: string | null): void {
    const controllers = { whole: new AbortController(), admission: new AbortController() }
    this.#controllers.push(controllers)
    if (failure !== null) this.bench.spawner.failures.push(failure)
    this.#outcomes.push(this.bench.run(`t${this.#outcomes.length}`, priority, controllers))
  }

  #expectBounds(): void {
    const { pool, spawner } = this.bench
    assert.ok(spawner.running.length <= pool.activeCount)
    assert.ok(pool.activeCount <= this.#max)
  }
}

describe('ProcessRunner', () => {
  it('settles every task once and leaks neither slot, count nor watch in any schedule of ends, aborts and start failures', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(move, { maxLength: 40 }), async (max, moves) => {
        const schedule = new RandomSchedule(max)
        for (const taken of moves) await schedule.apply(taken)
        const outcomes = await schedule.finish()
        const { pool, watched, spawner, told } = schedule.bench
        expect([pool.activeCount, pool.waitingCount, watched.size, spawner.running.length]).toEqual([0, 0, 0, 0])
        expect(schedule.startedInVain).toEqual([])
        const ended = outcomes.filter((outcome) => outcome.result.pid !== null)
        expect(ended).toHaveLength(spawner.processes.length)
        expect(new Set(ended.map((outcome) => outcome.result.pid)).size).toBe(spawner.processes.length)
        expect(told.filter((line) => line.startsWith('start'))).toHaveLength(told.filter((line) => line.startsWith('end')).length)
      }),
      { numRuns: 1000 },
    )
  }, 60_000)

  it('repeats a start that failed for want of resources, with its old place in the queue, and tells of one attempt', async () => {
    const { clock, spawner, told, pool, run } = createBench(1)
    spawner.failures.push('EAGAIN', 'ENOMEM')
    const [first, second] = [run('first', 0), run('second', 0)]
    for (let round = 0; round < 2; round += 1) {
      await turn()
      clock.elapse()
    }
    await turn()
    expect(told).toEqual(['EAGAIN', 'ENOMEM', 'start first in 0'])
    spawner.running[0]?.end()
    await turn()
    spawner.running[0]?.end()
    expect([(await first).status, (await second).status]).toEqual(['completed', 'completed'])
    expect(pool).toMatchObject({ activeCount: 0, waitingCount: 0 })
  })

  it('does not repeat a start that can never succeed', async () => {
    const { spawner, told, run } = createBench(1)
    spawner.failures.push('E2BIG')
    expect(await run('huge', 0)).toMatchObject({ error: { kind: 'poison' } })
    expect(told).toEqual(['start huge in 0', 'end huge'])
  })

  it('waits for the configured program when it is away, and burns no attempt', async () => {
    const { clock, spawner, told, run } = createBench(1)
    spawner.failures.push('ENOENT', 'EACCES', 'ENOEXEC')
    const outcome = run('patient', 0)
    for (let round = 0; round < 3; round += 1) {
      await turn()
      clock.elapse()
    }
    await turn()
    spawner.processes[0]?.end()
    expect(await outcome).toMatchObject({ status: 'completed' })
    expect(told).toEqual(['ENOENT', 'EACCES', 'ENOEXEC', 'start patient in 0', 'end patient'])
  })

  it('fails a task that names a missing program itself', async () => {
    const { spawner, run } = createBench(1)
    spawner.failures.push('ENOENT')
    expect(await run('wrong', 0, { binaryPath: '/nowhere' })).toMatchObject({ error: { kind: 'spawn' } })
  })

  it('cancels a task that waits out a pause', async () => {
    const { spawner, run, pool } = createBench(1)
    spawner.failures.push('EMFILE')
    const whole = new AbortController()
    const outcome = run('patient', 0, { whole })
    await turn()
    expect(pool).toMatchObject({ activeCount: 0, waitingCount: 1 })
    whole.abort()
    expect(await outcome).toMatchObject({ error: { kind: 'cancelled' } })
    expect(spawner.processes).toEqual([])
  })

  it('sends SIGTERM, waits the grace, sends SIGKILL', async () => {
    const { clock, spawner, run } = createBench(1)
    const outcome = run('stubborn', 0)
    await turn()
    const [process] = spawner.processes
    if (process !== undefined) process.endsOnTerm = false
    clock.elapse()
    await turn()
    expect(process?.signals).toEqual(['SIGTERM'])
    clock.elapse()
    expect(await outcome).toMatchObject({ error: { kind: 'timeout' }, result: { signal: 'SIGKILL' } })
    expect(process?.signals).toEqual(['SIGTERM', 'SIGKILL'])
  })

  it('gives up a process that not even SIGKILL ends, frees the slot and keeps the group watched', async () => {
    const { clock, spawner, run, pool, watched } = createBench(1)
    const outcome = run('undead', 0)
    await turn()
    const [process] = spawner.processes
    if (process !== undefined) Object.assign(process, { endsOnTerm: false, endsOnKill: false })
    for (let round = 0; round < 3; round += 1) {
      clock.elapse()
      await turn()
    }
    expect(await outcome).toMatchObject({ error: { kind: 'timeout' }, result: { exitCode: -1 } })
    expect(process?.isAbandoned).toBe(true)
    expect([pool.activeCount, [...watched]]).toEqual([0, [process?.pid]])
  })

  it('lets the exit count when the program ended between the decision and the kill (EXE-14)', async () => {
    const { clock, spawner, run } = createBench(1)
    const outcome = run('quick', 0)
    await turn()
    spawner.processes[0]?.end({ exitCode: 9 })
    clock.elapse()
    expect(await outcome).toMatchObject({ error: { kind: 'exit', exitCode: 9 } })
  })

  it('goes on when its observer throws', async () => {
    const events: string[] = []
    const observer = guardObserver(
      {
        taskStarted: () => {
          throw new Error('observer')
        },
      },
      { ...quietLogger, error: (event) => events.push(event) },
    )
    observer.taskStarted({ task: taskOf({}), slot: 0, pid: 1, precomputed: false })
    expect(events).toEqual(['executor_observer_failed'])
  })
})
