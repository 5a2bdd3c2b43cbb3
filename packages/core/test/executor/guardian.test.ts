/** No orphan after the worker's SIGKILL (I6), with a real worker, a real guardian and real process groups. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '@drakkar/plugin-sdk'
import { Guardian } from '../../src/pipeline/executor/guardian.ts'
import { createNodeSpawner } from '../../src/pipeline/executor/subprocess.ts'
import { recordingLogger, waitUntil } from './executor-fixtures.ts'
import { isAlive, script } from './spawner-behaviour.ts'

const guardianFile = fileURLToPath(new URL('../../src/pipeline/executor/guardian-process.js', import.meta.url))
const workerFile = fileURLToPath(new URL('worker-with-guardian.mjs', import.meta.url))

interface WorkerReport {
  readonly guardian: number
  readonly doomed: readonly number[]
  readonly spared: readonly number[]
}

const leftovers: number[] = []

afterEach(() => {
  for (const pid of leftovers.splice(0).filter((candidate) => candidate > 1)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // Ended already, which most of them should have.
    }
  }
})

async function startWorker(): Promise<{ worker: ChildProcess; report: WorkerReport }> {
  const worker = fork(workerFile, [guardianFile, `drk-test-${process.pid}-${performance.now()}`], { execArgv: [] })
  const [report] = (await once(worker, 'message')) as [WorkerReport]
  leftovers.push(worker.pid ?? 0, ...report.doomed, ...report.spared)
  return { worker, report }
}

async function alive(pids: readonly number[]): Promise<number[]> {
  const states = await Promise.all(pids.map(isAlive))
  return pids.filter((_, index) => states[index])
}

describe.runIf(process.platform === 'linux')('the guardian process', () => {
  it('kills every watched group and every child of the run after the worker’s SIGKILL, and nobody else', async () => {
    const { worker, report } = await startWorker()
    expect(await alive(report.doomed)).toEqual(report.doomed)
    worker.kill('SIGKILL')
    await waitUntil(async () => (await alive(report.doomed)).length === 0, 'all children of the worker are dead')
    await waitUntil(async () => !(await isAlive(report.guardian)), 'the guardian ends')
    expect(await alive(report.spared)).toEqual(report.spared)
  })

  it('does not end by a signal meant for the worker', async () => {
    const { worker, report } = await startWorker()
    await waitUntil(async () => await isAlive(report.guardian), 'the guardian runs')
    const running = await createNodeSpawner().spawn(script('sleep 300'))
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.kill(report.guardian, signal)
    running.kill('SIGKILL')
    await running.ended
    expect(await isAlive(report.guardian)).toBe(true)
    worker.kill('SIGKILL')
    await waitUntil(async () => (await alive(report.doomed)).length === 0, 'all children of the worker are dead')
  })
})

describe.runIf(process.platform !== 'win32')('the worker’s end of the guardian', () => {
  const create = (logger = recordingLogger()) => new Guardian({ runId: `drk-test-${performance.now()}`, logger, clock: systemClock })

  it('replaces a guardian that dies and tells the new one everything', async () => {
    const logger = recordingLogger()
    const guardian = create(logger)
    await guardian.start()
    const [first, second] = [await createNodeSpawner().spawn(script('sleep 300')), await createNodeSpawner().spawn(script('sleep 300'))]
    guardian.watch(first.pid)
    const firstGuardian = guardian.pid ?? 0
    process.kill(firstGuardian, 'SIGKILL')
    await waitUntil(() => guardian.restarts === 1 && guardian.pid !== null, 'a new guardian')
    guardian.watch(second.pid)
    expect(guardian.pid).not.toBe(firstGuardian)
    expect(logger.events).toContain('executor_guardian_lost')
    await guardian.close()
    expect(await first.ended).toMatchObject({ signal: 'SIGKILL' })
    expect(await second.ended).toMatchObject({ signal: 'SIGKILL' })
  })

  it('leaves alone what it was told has ended', async () => {
    const guardian = create()
    await guardian.start()
    const running = await createNodeSpawner().spawn(script('sleep 300'))
    guardian.watch(running.pid)
    guardian.forget(running.pid)
    await guardian.close()
    expect(await isAlive(running.pid)).toBe(true)
    running.kill('SIGKILL')
    await running.ended
  })

  it('ends with the worker’s close and can be closed again', async () => {
    const guardian = create()
    await guardian.start()
    const pid = guardian.pid ?? 0
    await guardian.close()
    await guardian.close()
    expect(await isAlive(pid)).toBe(false)
    expect(guardian.pid).toBe(null)
  })
})
