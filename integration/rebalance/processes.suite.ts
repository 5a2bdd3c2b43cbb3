/** `npm run rebalance`: `drakkar run` as it is, with a process per task: a third worker comes and goes while the others work. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openLog, validateConfig } from '@drakkar/core'
import type { MessageLog } from '@drakkar/plugin-sdk/log'
import { createTestContext } from '@drakkar/plugin-sdk/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ServiceHandle } from '../services/service.ts'
import { startService } from '../services/start-service.ts'
import { until } from '../support/faults/waiting.ts'
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts'

const messages = 2400
const partitions = 24
const mostRuns = 3
const configFile = fileURLToPath(new URL('worker/processes/drakkar.yaml', import.meta.url))

let kafka: ServiceHandle
let folder: string
let log: MessageLog

beforeAll(async () => {
  kafka = await startService('kafka')
  folder = await mkdtemp(join(tmpdir(), 'drakkar-rebalance-processes-'))
  const { config } = validateConfig({ kafka: { brokers: kafka.url } })
  log = await openLog(config, { logger: createTestContext().logger, workerId: 'lab' })
})

afterAll(async () => {
  await log.close()
  await kafka.dispose()
  await rm(folder, { recursive: true, force: true })
})

it('a worker of `drakkar run` comes and goes, and no process runs twice', { timeout: 10 * 60_000 }, async () => {
  for (let run = 1; run <= mostRuns; run += 1) {
    const { started, delivered, byThird, exitCodes } = await comeAndGo(`rebalance-processes-${process.pid}-${run}`)
    process.stderr.write(`processes: ${started.length} started, ${byThird} by the third worker, exit codes ${exitCodes.join(' ')}\n`)
    expect(new Set(delivered).size).toBe(messages)
    expect(delivered.length).toBe(messages)
    expect(started.length).toBe(messages)
    expect(exitCodes).toEqual([0, 0, 0])
    if (byThird > 0) return
  }
  throw new Error('the third worker never had anything to do: inconclusive')
})

async function comeAndGo(topic: string) {
  const ledger = join(folder, `${topic}.ledger`)
  await produce(topic)
  const start = (name: string): WorkerProcess =>
    startWorkerProcess(['--config', configFile], {
      LAB_BROKERS: kafka.url,
      LAB_TOPIC: topic,
      LAB_LOG: join(folder, `${topic}-${name}.log`),
      LAB_WORKER: name,
      LAB_LEDGER: ledger,
    })
  const ledgerLines = async (): Promise<readonly string[]> => {
    const text = await readFile(ledger, 'utf8').catch(() => '')
    return text.split('\n').filter((line) => line !== '')
  }
  const count = async (name = ''): Promise<number> => (await ledgerLines()).filter((line) => line.startsWith(name)).length
  const pair = [start('w1'), start('w2')]
  const gaveUp = (): string => pair.map(({ child, stderr }) => (child.exitCode === null ? '' : stderr())).join('')
  await until(async () => (await count()) > messages / 10, { what: 'two workers are at work', withinMs: 60_000, gaveUp })
  const third = start('w3')
  await until(async () => (await count('w3')) > 50, { what: 'the third one is at work', withinMs: 90_000, gaveUp })
  third.child.kill('SIGTERM')
  const left = await third.exited
  await untilCommitted(topic)
  for (const { child } of pair) child.kill('SIGTERM')
  const ends = await Promise.all(pair.map(({ exited }) => exited))
  return {
    started: await ledgerLines(),
    delivered: await results(topic),
    byThird: await count('w3'),
    exitCodes: [...ends, left].map(({ code }) => code),
  }
}

async function produce(topic: string): Promise<void> {
  const admin = log.admin()
  await admin.createTopic(topic, partitions)
  await admin.createTopic(`${topic}-results`, 1)
  await admin.close()
  const producer = log.producer()
  await producer.connect({ signal: AbortSignal.timeout(30_000) })
  await producer.send(Array.from({ length: messages }, (_, n) => ({ topic, partition: n % partitions, value: Buffer.from('{}') })))
  await producer.close()
}

async function untilCommitted(topic: string): Promise<void> {
  const admin = log.admin()
  const isCommitted = async (): Promise<boolean> => {
    const committed = await admin.committed(`${topic}-workers`, topic)
    return [...committed.values()].reduce((sum, offset) => sum + offset, 0) === messages
  }
  await until(isCommitted, { what: 'everything is committed', withinMs: 240_000 })
  await admin.close()
}

async function results(topic: string): Promise<readonly string[]> {
  const ids: string[] = []
  for await (const { value } of log.read(`${topic}-results`, { signal: AbortSignal.timeout(60_000) })) {
    const { id } = JSON.parse(Buffer.from(value ?? []).toString()) as { id: string }
    ids.push(id)
  }
  return ids
}
