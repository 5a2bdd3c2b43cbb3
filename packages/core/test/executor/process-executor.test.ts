/** The whole executor with real processes: outcomes, deadlines, cancellation, the pool, what is left behind. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import type { ExecutorTask, TaskOutcome } from '../../src/model/task.ts'
import type { ExecutorObserver } from '../../src/pipeline/executor/observer.ts'
import { createProcessExecutor, type ProcessExecutor, type ProcessExecutorOptions } from '../../src/pipeline/executor/process-executor.ts'
import { formatRunId } from '../../src/pipeline/executor/run-id.ts'
import { readPidNamespace } from '../../src/pipeline/executor/process-table.js'
import type { ExecutorSettings } from '../../src/pipeline/executor/settings.ts'
import { quietLogger, recordingLogger, settings, taskOf, waitUntil } from './executor-fixtures.ts'
import { isAlive } from './spawner-behaviour.ts'

const executors: ProcessExecutor[] = []

async function started(config: Partial<ExecutorSettings> = {}, options: Partial<ProcessExecutorOptions> = {}): Promise<ProcessExecutor> {
  const executor = createProcessExecutor({ config: settings(config), logger: quietLogger, ...options })
  executors.push(executor)
  await executor.start()
  return executor
}

afterEach(async () => {
  await Promise.all(executors.splice(0).map((executor) => executor.close()))
})

const never = new AbortController().signal

function runScript(executor: ProcessExecutor, text: string, changes: Partial<ExecutorTask> = {}): Promise<TaskOutcome> {
  return executor.run(taskOf({ args: ['-c', text], ...changes }), { priority: 0, signal: never })
}

/** The pids a script printed, read from the outcome. */
function printedPids(outcome: TaskOutcome): number[] {
  return outcome.result.stdout.trim().split('\n').map(Number)
}

describe('outcomes', () => {
  it('completes with output, bytes, pid and duration', async () => {
    const outcome = await runScript(await started(), 'printf "größe"; echo warn >&2')
    expect(outcome).toMatchObject({ status: 'completed', result: { exitCode: 0, stdout: 'größe', stderr: 'warn\n', signal: null } })
    expect(outcome.result.stdoutBytes.byteLength).toBe(7)
    expect(outcome.result.pid).toBeGreaterThan(1)
    expect(outcome.result.durationSeconds).toBeGreaterThan(0)
  })

  it('fails with the exit code, without an exception text', async () => {
    expect(await runScript(await started(), 'echo no >&2; exit 3')).toMatchObject({
      status: 'failed',
      result: { exitCode: 3 },
      error: { kind: 'exit', exitCode: 3, stderr: 'no\n', exception: null },
    })
  })

  it('fails with the negative number of the signal', async () => {
    expect(await runScript(await started(), 'kill -9 $$')).toMatchObject({
      result: { exitCode: -9, signal: 'SIGKILL' },
      error: { kind: 'signal', exitCode: -9 },
    })
  })

  it('fails a task for which nothing names a program, without starting anything', async () => {
    expect(await runScript(await started({ binary_path: null }), 'true')).toMatchObject({
      result: { exitCode: -1, pid: null },
      error: { kind: 'spawn', exitCode: null, exception: expect.stringContaining('provides a path') },
    })
  })

  it('prefers the program of the task', async () => {
    const executor = await started({ binary_path: '/nowhere' })
    expect(await executor.run(taskOf({ binaryPath: '/bin/echo', args: ['hi'] }), { priority: 0, signal: never })).toMatchObject({
      result: { stdout: 'hi\n' },
    })
  })

  it('fails a missing program and a command that can never start', async () => {
    const executor = await started()
    expect(await runScript(executor, '', { binaryPath: '/nowhere' })).toMatchObject({
      result: { exitCode: -1, pid: null },
      error: { kind: 'spawn', exitCode: null, pid: null },
    })
    expect(await runScript(executor, '', { args: ['a\0'] })).toMatchObject({ error: { kind: 'poison', exitCode: null } })
    expect(executor.activeCount).toBe(0)
  })

  it('fails too much output where the configuration says so', async () => {
    const executor = await started({ max_output_bytes: 1000, output_overflow: 'fail' })
    expect(await runScript(executor, 'yes')).toMatchObject({
      result: { exitCode: -1, truncated: { stdout: true, stderr: false } },
      error: { kind: 'output_limit', exitCode: null },
    })
  })

  it('runs a precomputed task without a process, a slot or a start', async () => {
    const executor = createProcessExecutor({ config: settings({ binary_path: null }), logger: quietLogger })
    const task = taskOf({ precomputed: { stdout: 'known', durationSeconds: 0.12345 } })
    expect(await executor.run(task, { priority: 0, signal: never })).toMatchObject({
      status: 'completed',
      result: { stdout: 'known', pid: null, durationSeconds: 0.123 },
    })
    const failing = taskOf({ precomputed: { exitCode: 2, stderr: 'bad' } })
    expect(await executor.run(failing, { priority: 0, signal: never })).toMatchObject({
      status: 'failed',
      error: { kind: 'exit', exitCode: 2, stderr: 'bad' },
    })
  })

  it('refuses a run before the start and after the end', async () => {
    const executor = createProcessExecutor({ config: settings({}), logger: quietLogger })
    expect(await runScript(executor, 'true')).toMatchObject({ error: { kind: 'spawn' } })
    await executor.start()
    await executor.close()
    expect(await runScript(executor, 'true')).toMatchObject({ error: { kind: 'cancelled' } })
  })
})

describe('environment', () => {
  it('hides secrets, keeps the rest, and adds run id, trace context and both explicit layers', async () => {
    process.env['DRAKKAR_TEST_DSN'] = 'secret'
    const executor = await started({ env: { LAYER: 'executor', MY_TOKEN: 'explicit' } })
    const task = taskOf({ binaryPath: '/usr/bin/env', env: { LAYER: 'task' } })
    const outcome = await executor.run(task, { priority: 0, signal: never, traceparent: '00-a-b-01' })
    delete process.env['DRAKKAR_TEST_DSN']
    const lines = outcome.result.stdout.split('\n')
    expect(lines).toEqual(
      expect.arrayContaining([
        'LAYER=task',
        'MY_TOKEN=explicit',
        'TRACEPARENT=00-a-b-01',
        `DRAKKAR_RUN_ID=${executor.runId}`,
        `PATH=${process.env['PATH']}`,
      ]),
    )
    expect(outcome.result.stdout).not.toContain('DRAKKAR_TEST_DSN')
  })
})

describe('time-outs', () => {
  it('keeps the output captured so far, and the pid', async () => {
    const outcome = await runScript(await started({ task_timeout_seconds: 0.3 }), 'echo partial; sleep 300')
    expect(outcome).toMatchObject({
      status: 'failed',
      result: { exitCode: -1, stdout: 'partial\n', signal: 'SIGKILL' },
      error: { kind: 'timeout', exitCode: null, stderr: 'task timed out', exception: 'Timeout after 0.3s' },
    })
    expect(outcome.result.pid).toBeGreaterThan(1)
  })

  it('kills grandchildren in the background too', async () => {
    const outcome = await runScript(await started({ task_timeout_seconds: 0.3 }), 'sleep 300 & echo $!; sleep 300 & echo $!; wait')
    for (const pid of printedPids(outcome)) expect(await isAlive(pid)).toBe(false)
    expect(printedPids(outcome)).toHaveLength(2)
  })

  it('lets a child end in its grace', async () => {
    const executor = await started({ task_timeout_seconds: 0.3, kill_grace_seconds: 10 })
    const outcome = await runScript(executor, 'trap "echo tidy; exit 0" TERM; echo ready; while :; do sleep 0.02; done')
    expect(outcome).toMatchObject({ status: 'failed', result: { stdout: 'ready\ntidy\n' }, error: { kind: 'timeout' } })
  })

  it('kills a child that ignores SIGTERM after the grace', async () => {
    const executor = await started({ task_timeout_seconds: 0.2, kill_grace_seconds: 0.2 })
    const outcome = await runScript(executor, 'trap "" TERM; while :; do sleep 0.02; done')
    expect(outcome).toMatchObject({ result: { signal: 'SIGKILL' }, error: { kind: 'timeout' } })
  })

  it('does not fire at once for a limit beyond what timers can hold', async () => {
    expect(await runScript(await started({ task_timeout_seconds: 1e9 }), 'sleep 0.1; echo end')).toMatchObject({ status: 'completed' })
  })
})

describe('cancellation', () => {
  it('kills a running task with its descendants', async () => {
    const executor = await started()
    const controller = new AbortController()
    const run = executor.run(taskOf({ args: ['-c', 'sleep 300 & echo $!; wait'] }), { priority: 0, signal: controller.signal })
    await new Promise((resolve) => setTimeout(resolve, 150))
    controller.abort()
    const outcome = await run
    expect(outcome).toMatchObject({ status: 'failed', error: { kind: 'cancelled', exitCode: null } })
    expect(await isAlive(outcome.result.pid ?? 0)).toBe(false)
    expect(executor.activeCount).toBe(0)
  })

  it('does not start a waiting task', async () => {
    const executor = await started({ max_executors: 1 })
    const controller = new AbortController()
    const first = runScript(executor, 'sleep 0.2')
    const second = executor.run(taskOf({ args: ['-c', 'echo never'] }), { priority: 0, signal: controller.signal })
    expect(executor).toMatchObject({ activeCount: 1, waitingCount: 1 })
    controller.abort()
    expect(executor.waitingCount).toBe(0)
    expect(await second).toMatchObject({ result: { pid: null, stdout: '' }, error: { kind: 'cancelled' } })
    expect(await first).toMatchObject({ status: 'completed' })
  })

  it('ends only waiting tasks through `admission`', async () => {
    const executor = await started({ max_executors: 1 })
    const admission = new AbortController()
    const run = (text: string) => executor.run(taskOf({ args: ['-c', text] }), { priority: 0, signal: never, admission: admission.signal })
    const [first, second] = [run('sleep 0.2; echo ran'), run('echo never')]
    await waitUntil(() => executor.activeCount === 1, 'the first runs')
    await new Promise((resolve) => setTimeout(resolve, 100))
    admission.abort()
    expect(await second).toMatchObject({ error: { kind: 'cancelled' } })
    expect(await first).toMatchObject({ status: 'completed', result: { stdout: 'ran\n' } })
    expect(await run('echo late')).toMatchObject({ error: { kind: 'cancelled' } })
  })

  it('ends everything at close, escapees into other sessions included', async () => {
    const executor = await started({ max_executors: 1 })
    const escaped = await runScript(executor, 'setsid sh -c "echo \\$\\$; exec sleep 300 >/dev/null 2>&1" & sleep 0.2')
    const [pid = 0] = printedPids(escaped)
    expect(await isAlive(pid)).toBe(process.platform === 'linux')
    const running = runScript(executor, 'sleep 300')
    const waiting = runScript(executor, 'sleep 300')
    await executor.close()
    expect(await running).toMatchObject({ error: { kind: 'cancelled' } })
    expect(await waiting).toMatchObject({ error: { kind: 'cancelled' } })
    expect(await isAlive(pid)).toBe(false)
    expect(executor).toMatchObject({ activeCount: 0, waitingCount: 0 })
  })
})

describe('the pool', () => {
  it('never runs more than its maximum in a burst of 2,000 tasks, and gives lowest slots', async () => {
    const running = new Set<number>()
    let most = 0
    const slots = new Set<number>()
    const observer: ExecutorObserver = {
      taskStarted: ({ pid, slot }) => {
        running.add(pid ?? -1)
        slots.add(slot)
        most = Math.max(most, running.size)
      },
      taskEnded: ({ outcome }) => running.delete(outcome.result.pid ?? -1),
    }
    const executor = await started({ max_executors: 4, binary_path: '/bin/true' }, { observer })
    const outcomes = Promise.all(Array.from({ length: 2000 }, (_, offset) => executor.run(taskOf({}), { priority: offset, signal: never })))
    expect(executor).toMatchObject({ activeCount: 4, waitingCount: 1996 })
    expect((await outcomes).filter((outcome) => outcome.status !== 'completed')).toEqual([])
    expect(most).toBe(4)
    expect(slots).toEqual(new Set([0, 1, 2, 3]))
    expect(executor).toMatchObject({ activeCount: 0, waitingCount: 0 })
  }, 60_000)

  it.runIf(existsSync('/usr/bin/prlimit'))('survives want of descriptors: the task is repeated, not failed', async () => {
    const events: string[] = []
    const executor = await started(
      {},
      { observer: { pressure: ({ code }) => events.push(code), taskStarted: () => events.push('started') } },
    )
    const lift = await lowerDescriptorLimit()
    const run = runScript(executor, 'echo ran')
    await waitUntil(() => executor.stats.pressureCount > 1, 'pressure')
    await lift()
    expect(await run).toMatchObject({ status: 'completed', result: { stdout: 'ran\n' } })
    expect(events[0]).toBe('EMFILE')
    expect(events.filter((event) => event === 'started')).toHaveLength(1)
    expect(executor.activeCount).toBe(0)
  })
})

/** Leaves this process two descriptors. Whoever lifts the limit again is started while that is still possible. */
async function lowerDescriptorLimit(): Promise<() => Promise<void>> {
  const before = /Max open files\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? '1024'
  const set = (limit: number | string): string => `prlimit --nofile=${limit}: --pid ${process.pid}`
  const helper = spawn('sh', ['-c', `read go; ${set(readdirSync('/proc/self/fd').length + 5)}; echo; read go; ${set(before)}`])
  const exited = once(helper, 'exit')
  helper.stdin.write('\n')
  await once(helper.stdout, 'data')
  return async () => {
    helper.stdin.end('\n')
    await exited
  }
}

describe.runIf(process.platform === 'linux')('the sweep at the start', () => {
  it('kills what a dead worker left behind and nothing of a living one', async () => {
    const pidNamespace = await readPidNamespace()
    const dead = formatRunId({ pidNamespace, pid: 2 ** 22 - 3, startTime: '1' }, 'abcd')
    const foreign = formatRunId({ pidNamespace: '1', pid: 2 ** 22 - 3, startTime: '1' }, 'abcd')
    const living = (await started()).runId ?? ''
    const children = [dead, living, foreign, 'something else'].map((runId) =>
      spawn('sleep', ['300'], { env: { ...process.env, DRAKKAR_RUN_ID: runId }, detached: true }),
    )
    const logger = recordingLogger()
    await started({}, { logger })
    expect(await Promise.all(children.map((child) => isAlive(child.pid ?? 0)))).toEqual([false, true, true, true])
    expect(logger.events).toContain('executor_orphans_swept')
    for (const child of children) child.kill('SIGKILL')
  })
})
