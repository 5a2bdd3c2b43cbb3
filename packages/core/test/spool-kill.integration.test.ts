/** A worker killed while it spools: every entry it was told is safe is still there. Needs the built package: `npm run build`. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { systemClock } from '@drakkar/plugin-sdk'
import { beforeAll, expect, it, onTestFinished } from 'vitest'
import { openSpool } from '../src/dlq/spool/open-spool.ts'
import { createRecordingAppLogger } from './support/recording-app-logger.ts'

const script = fileURLToPath(new URL('spool-child.mjs', import.meta.url))
const kills = 15

beforeAll(() => {
  if (existsSync(new URL('../dist/dlq/spool/open-spool.js', import.meta.url))) return
  throw new Error('packages/core/dist is missing: build the packages first')
})

interface Said {
  readonly spooled?: string
  readonly sent?: string
}

/** Runs a worker until it has said `lines` things, and kills it in the middle of whatever it does then. */
async function runAndKill(directory: string, lines: number): Promise<readonly Said[]> {
  const child = spawn(process.execPath, [script, directory], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const said: Said[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(JSON.parse(line) as Said)
    if (said.length === lines) child.kill('SIGKILL')
  }
  return said
}

/** What is left, sent by a worker that nobody kills. */
async function drain(directory: string): Promise<{ readonly left: readonly string[]; readonly events: readonly string[] }> {
  const logger = createRecordingAppLogger()
  const spool = await openSpool({ directory, workerId: 'w', clock: systemClock, logger })
  const left: string[] = []
  for (let batch = await spool?.next(); spool && batch; batch = await spool.next()) {
    left.push(...batch.entries.map(({ entry }) => Buffer.from(entry.key ?? []).toString()))
    await spool.markSent(batch, batch.entries.length)
  }
  await spool?.close()
  return { left, events: logger.events() }
}

it(`loses nothing it has accepted, and keeps the order, over ${kills} kills`, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'drakkar-spool-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const said: Said[] = []
  for (let kill = 0; kill < kills; kill += 1) said.push(...(await runAndKill(directory, 20 + ((kill * 37) % 150))))
  const { left, events } = await drain(directory)

  const accepted = said.flatMap(({ spooled }) => spooled ?? [])
  const sent = [...said.flatMap((one) => one.sent ?? []), ...left]
  const arrived = new Set(sent)
  expect(accepted.filter((id) => !arrived.has(id))).toEqual([])
  expect(accepted.length).toBeGreaterThan(kills * 5)
  expect(left.length).toBeGreaterThan(0)
  expect(events).toContain('dlq_spool_found')
  // First sends are in the order of each worker's entries.
  const numbers = new Map<string, number>()
  for (const id of arrived) {
    const [worker = '', number = ''] = id.split(':')
    expect(Number(number)).toBeGreaterThan(numbers.get(worker) ?? 0)
    numbers.set(worker, Number(number))
  }
  expect((await readdir(directory)).filter((name) => !name.endsWith('.corrupt'))).toEqual([])
})
