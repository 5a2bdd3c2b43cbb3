/**
 * Invariants I1, I2 and I6 with real processes on a real broker (fault F35): a worker killed with SIGKILL at random points
 * and started again loses nothing, commits nothing that is not delivered, and leaves no process behind.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { openLog, validateConfig } from '@drakkar/core'
import type { LogAdmin, MessageLog } from '@drakkar/plugin-sdk/log'
import { createTestContext } from '@drakkar/plugin-sdk/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ServiceHandle } from '../services/service.ts'
import { startService } from '../services/start-service.ts'
import { processesWith, programOf } from '../support/process-scan.ts'
import { startWorkerProcess } from '../support/worker-process.ts'

const messages = 20_000
const partitions = 50
const kills = 20
/** Runs in which no kill hit a process at work prove nothing and are repeated. */
const maxRuns = 3
const fixture = fileURLToPath(new URL('../fixtures/crash/', import.meta.url))

let kafka: ServiceHandle
let folder: string

beforeAll(async () => {
  kafka = await startService('kafka')
  folder = await mkdtemp(join(tmpdir(), 'drakkar-crash-'))
})

afterAll(async () => {
  await kafka.dispose()
  await rm(folder, { recursive: true, force: true })
})

it(
  `delivers every one of ${messages} messages although the worker is killed ${kills} times`,
  async () => {
    for (let run = 1; run <= maxRuns; run += 1) {
      const result = await runOnce(`crash-${process.pid}-${run}`)
      process.stderr.write(`crash run ${run}: ${JSON.stringify(result)}\n`)
      expect(result.missing).toBe(0)
      expect(result.committed).toBe(messages)
      expect(result.duplicates).toBeLessThanOrEqual(result.uncommittedAtKills)
      expect(result.killsAtWork + result.killsElsewhere).toBe(kills)
      if (result.killsAtWork > 0) return
    }
    expect.unreachable(`no kill in ${maxRuns} runs hit a task at work: the fault never bit`)
  },
  15 * 60_000,
)

interface RunResult {
  readonly missing: number
  readonly duplicates: number
  /** Results delivered and not committed at the moments of the kills: what may be delivered again. */
  readonly uncommittedAtKills: number
  readonly committed: number
  readonly killsAtWork: number
  readonly killsElsewhere: number
}

async function runOnce(topic: string): Promise<RunResult> {
  const { config } = validateConfig({ kafka: { brokers: kafka.url, source_topic: topic } })
  const log = await openLog(config, { logger: createTestContext().logger, workerId: 'judge' })
  const admin = log.admin()
  try {
    await produceAll(log, admin, topic)
    const judge = new Judge(log, admin, topic)
    const marker = `CRASH_RUN=${topic}`
    const env = { CRASH_BROKERS: kafka.url, CRASH_TOPIC: topic, CRASH_LOG: join(folder, `${topic}.log`), CRASH_RUN: topic }
    for (let kill = 0; kill < kills; kill += 1) await killOne(judge, { marker, env })
    await finish(env)
    return await judge.verdict()
  } finally {
    await admin.close()
    await log.close()
  }
}

async function produceAll(log: MessageLog, admin: LogAdmin, topic: string): Promise<void> {
  await admin.createTopic(topic, partitions)
  await admin.createTopic(`${topic}-results`, 8)
  const producer = log.producer()
  await producer.connect({ signal: AbortSignal.timeout(30_000) })
  for (let sent = 0; sent < messages; sent += 1000) {
    await producer.send(
      Array.from({ length: 1000 }, (_, n) => ({ topic, partition: (sent + n) % partitions, value: Buffer.from(`{"n":${sent + n}}`) })),
    )
  }
  await producer.close()
}

/** Starts a worker, waits for it to get on and for a random moment more, and kills it. */
async function killOne(judge: Judge, run: { readonly marker: string; readonly env: Readonly<Record<string, string>> }): Promise<void> {
  const worker = startWorkerProcess(['--config', join(fixture, 'drakkar.yaml')], run.env)
  const before = await judge.readResults()
  await judge.untilMoreThan(before, worker)
  await sleep(Math.random() * 700)
  const programs = await Promise.all((await processesWith(run.marker)).map(programOf))
  const atWork = programs.filter((program) => program === 'sh' || program === 'sleep').length
  worker.child.kill('SIGKILL')
  await worker.exited
  await judge.afterKill(atWork)
  await noneLeft(run.marker)
}

/** Within 5 s of the worker's death nothing that belonged to it is alive (I6, G9). */
async function noneLeft(marker: string): Promise<void> {
  const deadline = performance.now() + 5000
  for (;;) {
    const left = await processesWith(marker)
    if (left.length === 0) return
    if (performance.now() > deadline) expect.unreachable(`processes left 5 s after the kill: ${left.join(', ')}`)
    await sleep(50)
  }
}

async function finish(env: Readonly<Record<string, string>>): Promise<void> {
  const worker = startWorkerProcess(['--config', join(fixture, 'drakkar.yaml'), '--until-caught-up'], env)
  const { code } = await worker.exited
  expect(code, worker.stderr()).toBe(0)
}

/** Reads results and commits from the broker; trusts nothing the worker says. */
class Judge {
  readonly #log: MessageLog
  readonly #admin: LogAdmin
  readonly #topic: string
  readonly #counts = new Map<string, number>()
  readonly #positions = new Map<number, number>()
  #total = 0
  #uncommittedAtKills = 0
  #killsAtWork = 0
  #killsElsewhere = 0

  constructor(log: MessageLog, admin: LogAdmin, topic: string) {
    this.#log = log
    this.#admin = admin
    this.#topic = topic
  }

  /** Reads what is new in the results topic; returns how many results there are in all. */
  async readResults(): Promise<number> {
    const from = new Map(this.#positions)
    for await (const record of this.#log.read(`${this.#topic}-results`, { from, signal: AbortSignal.timeout(60_000) })) {
      this.#positions.set(record.partition, record.offset + 1)
      const { id } = JSON.parse(Buffer.from(record.value ?? []).toString())
      this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1)
      this.#total += 1
    }
    return this.#total
  }

  async untilMoreThan(count: number, worker: ReturnType<typeof startWorkerProcess>): Promise<void> {
    const deadline = performance.now() + 60_000
    while ((await this.readResults()) <= count && this.#counts.size < messages) {
      if (worker.child.exitCode !== null) expect.unreachable(`the worker ended by itself: ${worker.stderr()}`)
      if (performance.now() > deadline) expect.unreachable(`no result within a minute: ${worker.stderr()}`)
      await sleep(20)
    }
  }

  /** Everything below the committed offsets must be among the results already. */
  async afterKill(atWork: number): Promise<void> {
    if (atWork > 0) this.#killsAtWork += 1
    else this.#killsElsewhere += 1
    const committed = await this.#admin.committed(`${this.#topic}-workers`, this.#topic)
    await this.readResults()
    for (const [partition, end] of committed) {
      for (let offset = 0; offset < end; offset += 1) {
        if (!this.#counts.has(`${partition}/${offset}`)) expect.unreachable(`${partition}/${offset} is committed and not delivered`)
      }
    }
    for (const id of this.#counts.keys()) {
      const [partition = 0, offset = 0] = id.split('/').map(Number)
      if (offset >= (committed.get(partition) ?? 0)) this.#uncommittedAtKills += 1
    }
  }

  async verdict(): Promise<RunResult> {
    await this.readResults()
    const committed = await this.#admin.committed(`${this.#topic}-workers`, this.#topic)
    return {
      missing: messages - this.#counts.size,
      duplicates: this.#total - this.#counts.size,
      uncommittedAtKills: this.#uncommittedAtKills,
      committed: [...committed.values()].reduce((sum, offset) => sum + offset, 0),
      killsAtWork: this.#killsAtWork,
      killsElsewhere: this.#killsElsewhere,
    }
  }
}
