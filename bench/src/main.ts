/** `npm run bench [-- RACE...]`: runs the races one after another and writes `results/<race>.{json,md}`. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseBenchArguments, usage, type BenchArguments } from './arguments.ts'
import { packageFolder } from './package-folder.ts'
import { precomputedToKafka } from './races/precomputed-to-kafka.ts'
import { processTasks } from './races/process-tasks.ts'
import { runRace } from './run-race.ts'
import { Service } from './service.ts'
import { runSinks } from './sinks/run-sinks.ts'
import { sinksMarkdown } from './sinks/sinks-table.ts'
import { markdown } from './table.ts'

const races = [precomputedToKafka, processTasks]
const sinks = 'sinks'
const known = [...races.map(({ name }) => name), sinks]

let wanted: BenchArguments
try {
  wanted = parseBenchArguments(process.argv.slice(2), known)
} catch (error) {
  console.error(`${message(error)}\n${usage}\nraces: ${known.join(', ')}`)
  process.exit(2)
}

const interrupt = new AbortController()
const { signal } = interrupt
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => {
    console.error(`\n${name}: ending what runs; once more to leave at once`)
    interrupt.abort(new Error(`interrupted by ${name}`))
  })
}
const kafka = wanted.kafka ?? process.env['DRAKKAR_TEST_KAFKA'] ?? null
const say = (line: string): void => console.error(line)
await using broker = new Service({ name: 'kafka', address: kafka, signal })

for (const race of races.filter(({ name }) => isWanted(name))) {
  await attempt(race.name, async (folder) => {
    const context = { messages: wanted.messages ?? race.defaultMessages, folder, kafka: () => broker.address() }
    const result = await runRace(race, { context, rounds: wanted.rounds, say, signal })
    await publish(result, markdown(result))
  })
}
if (isWanted(sinks)) {
  await attempt(sinks, async (folder) => {
    const result = await runSinks({ ...wanted, folder, kafka, signal, say })
    await publish(result, sinksMarkdown(result))
    if (result.leftOut.length > 0) process.exitCode = 1
  })
}
if (signal.aborted) process.exitCode = 130

function isWanted(name: string): boolean {
  return !signal.aborted && (wanted.names.length === 0 || wanted.names.includes(name))
}

/** With an empty folder, removed afterwards. */
async function attempt(name: string, run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'drakkar-bench-'))
  try {
    await run(folder)
  } catch (error) {
    console.error(`\nTHE RACE ${name} HAS NO RESULT: ${message(error)}\n`)
    process.exitCode = 1
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function publish(result: { readonly race: string }, text: string): Promise<void> {
  const folder = join(packageFolder, 'results')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, `${result.race}.md`), text)
  await writeFile(join(folder, `${result.race}.json`), `${JSON.stringify(result, null, 2)}\n`)
  console.log(`\n${text}`)
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
