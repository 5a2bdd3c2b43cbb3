/** F34: the file of an embedded log is damaged, or its writer dies while it writes. */
import { once } from 'node:events'
import { createHash } from 'node:crypto'
import { mkdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { drakkar, startDrakkar } from '../command/drakkar.ts'
import { defineScenario, type Stage } from '../contract.ts'

const file = 'embedded.db'
const page = 4096

type Damage = readonly [name: string, harm: (path: string, bytes: Buffer) => Promise<void>]

const damages: readonly Damage[] = [
  ['a header overwritten', (path, bytes) => writeFile(path, bytes.fill(0x5a, 0, 100))],
  ['cut in the middle', (path, bytes) => truncate(path, Math.floor(bytes.length / 2) + 17)],
  ['pages overwritten', (path, bytes) => writeFile(path, bytes.fill(0x5a, 2 * page))],
]

export default defineScenario({
  id: 'F34',
  name: 'embedded-damaged',
  fault: 'embedded log: writer SIGKILLed, header or pages overwritten, file cut; beside a worker on Kafka',
  invariant: 'after a kill: whole records, and it goes on; damage: an error that names the file, left as it is',
  group: 'disk',
  tiers: { ci: { messages: 200, rounds: 1 }, hour: { messages: 2000, rounds: 40 } },
  limits: { duplicates: 0, reExecuted: 0, recoverySeconds: null, rebalances: 0 },

  async inject(stage) {
    const folder = join(stage.folder, 'embedded')
    await mkdir(folder)
    for (let round = 0; round < stage.rounds; round += 1) await killWhileWriting(stage, folder)
    const good = await readFile(join(folder, file))
    for (const damage of damages) await refuseDamaged(stage, { folder, good, damage })
  },

  bite: ({ figures }) => Math.min(figures['records_of_killed'] ?? 0, figures['damages_named'] ?? 0),
})

/** What it had acknowledged is for `produce` to know; what is in the file has to be whole, and the file has to take more. */
async function killWhileWriting(stage: Stage, folder: string): Promise<void> {
  const writer = startDrakkar(['produce', 'input', '--embedded', file, '--create', '1', '--raw'], folder)
  const ended = once(writer, 'exit')
  // The pipe breaks when the writer dies.
  writer.stdin?.on('error', () => undefined)
  const sizeBefore = await sizeOf(join(folder, `${file}-wal`))
  const isWriting = async (): Promise<boolean> => (await sizeOf(join(folder, `${file}-wal`))) > sizeBefore + 20 * page
  let untilMs = Number.POSITIVE_INFINITY
  const giveUpMs = performance.now() + 30_000
  for (let n = 0; performance.now() < Math.min(untilMs, giveUpMs); n += 1) {
    writer.stdin?.write(`${line(n)}\n`)
    await sleep(1)
    if (untilMs === Number.POSITIVE_INFINITY && (await isWriting())) untilMs = performance.now() + stage.randomMs(0, 1000)
  }
  writer.kill('SIGKILL')
  await ended
  const { code, output, errors } = await drakkar(['tail', 'input', '--embedded', file, '--raw'], { cwd: folder })
  const lines = output.split('\n').slice(0, -1)
  const broken = lines.filter((text) => text !== line(Number(/"n":(\d+)/.exec(text)?.[1])))
  if (broken.length > 0) stage.breaches.push(`${broken.length} records of a killed writer are broken`)
  // Killed before it had made the file: there is no topic.
  if (code !== 0 && lines.length > 0) stage.breaches.push(`after a kill: exit ${code}: ${errors.slice(0, 300)}`)
  stage.figures['records_of_killed'] = (stage.figures['records_of_killed'] ?? 0) + lines.length
  const more = await drakkar(['produce', 'input', '--embedded', file, '--create', '1', '--raw'], { cwd: folder, input: `${line(0)}\n` })
  if (more.code !== 0) stage.breaches.push(`takes nothing after a kill: exit ${more.code}: ${more.errors.slice(0, 300)}`)
}

interface Damaged {
  readonly folder: string
  readonly good: Buffer
  readonly damage: Damage
}

async function refuseDamaged(stage: Stage, { folder, good, damage: [name, harm] }: Damaged): Promise<void> {
  const path = join(folder, file)
  await writeFile(path, good)
  await harm(path, Buffer.from(good))
  const before = await digest(path)
  const { code, errors, seconds } = await drakkar(['tail', 'input', '--embedded', file, '--raw'], { cwd: folder })
  if (code === 0) stage.breaches.push(`${name}: read as if nothing were wrong`)
  else if (!errors.includes(file)) stage.breaches.push(`${name}: the file is not named: ${errors.slice(0, 300)}`)
  else stage.figures['damages_named'] = (stage.figures['damages_named'] ?? 0) + 1
  if ((await digest(path)) !== before) stage.breaches.push(`${name}: the file was changed`)
  stage.figures['slowest_refusal_seconds'] = Math.max(stage.figures['slowest_refusal_seconds'] ?? 0, Math.round(seconds * 10) / 10)
}

/** 0 when there is no such file. */
async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  )
}

async function digest(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
}

function line(n: number): string {
  return JSON.stringify({ n, filler: 'x'.repeat(500) })
}
