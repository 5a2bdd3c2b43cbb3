/** Stops that meet a join, with real processes on a real broker (spec APP-4, REB-4, REB-10): the exit code, and nothing twice. */
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { openLog, validateConfig } from '@drakkar/core'
import type { MessageLog } from '@drakkar/plugin-sdk/log'
import { createTestContext } from '@drakkar/plugin-sdk/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ServiceHandle } from '../services/service.ts'
import { startService } from '../services/start-service.ts'
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts'

const fixture = fileURLToPath(new URL('../fixtures/lifecycle/', import.meta.url))
const partitions = 8
const perPartition = 3
const topic = `lifecycle-${process.pid}`

let kafka: ServiceHandle
let log: MessageLog

beforeAll(async () => {
  kafka = await startService('kafka')
  const { config } = validateConfig({ kafka: { brokers: kafka.url, source_topic: topic } })
  log = await openLog(config, { logger: createTestContext().logger, workerId: 'judge' })
  const admin = log.admin()
  await admin.createTopic(topic, partitions)
  await admin.createTopic(`${topic}-results`, 1)
  await admin.close()
  const producer = log.producer()
  await producer.connect({ signal: AbortSignal.timeout(30_000) })
  const numbers = Array.from({ length: partitions * perPartition }, (_, n) => n)
  await producer.send(numbers.map((n) => ({ topic, partition: n % partitions, value: Buffer.from(`{"n":${n}}`) })))
  await producer.close()
})

afterAll(async () => {
  await log.close()
  await kafka.dispose()
})

function start(align: boolean, ...more: readonly string[]): WorkerProcess {
  const env = { LIFECYCLE_BROKERS: kafka.url, LIFECYCLE_TOPIC: topic, LIFECYCLE_ALIGN: String(align) }
  return startWorkerProcess(['--config', `${fixture}drakkar.yaml`, ...more], env)
}

async function says(worker: WorkerProcess, event: string): Promise<void> {
  for (const deadline = performance.now() + 60_000; !worker.stderr().includes(`"event":"${event}"`); await sleep(5)) {
    if (worker.child.exitCode !== null || performance.now() > deadline) expect.unreachable(`no ${event}: ${worker.stderr()}`)
  }
}

async function results(): Promise<readonly string[]> {
  const ids: string[] = []
  for await (const record of log.read(`${topic}-results`, { signal: AbortSignal.timeout(60_000) })) {
    ids.push(JSON.parse(Buffer.from(record.value ?? []).toString()).id)
  }
  return ids.toSorted()
}

it('ends a worker that waits for its aligned start, at once and without joining', async () => {
  const worker = start(true)
  await says(worker, 'startup_align_waiting')
  worker.child.kill('SIGTERM')
  expect(await worker.exited, worker.stderr()).toEqual({ code: 0, signal: null })
  expect(worker.stderr()).not.toContain('partitions_assigned')
})

it('ends a worker while it hands partitions over: 0, and every message is processed once', async () => {
  const first = start(false)
  await says(first, 'partitions_assigned')
  const second = start(false, '--until-caught-up')
  await says(first, 'partitions_revoked')
  first.child.kill('SIGTERM')
  expect(await first.exited, first.stderr()).toEqual({ code: 0, signal: null })
  expect(await second.exited, second.stderr()).toEqual({ code: 0, signal: null })
  const places = Array.from({ length: partitions * perPartition }, (_, n) => `${n % partitions}/${Math.floor(n / partitions)}`)
  expect(await results()).toEqual(places.toSorted())
})
