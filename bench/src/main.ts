/** `npm run bench [-- RACE...]`: runs the races one after another and writes `results/<race>.{json,md}`. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseBenchArguments, usage, type BenchArguments } from './arguments.ts'
import { Broker } from './broker.ts'
import { packageFolder } from './package-folder.ts'
import { precomputedToKafka } from './races/precomputed-to-kafka.ts'
import { processTasks } from './races/process-tasks.ts'
import { runRace } from './run-race.ts'
import { markdown } from './table.ts'
import type { RaceResult } from './result.ts'

const races = [precomputedToKafka, processTasks]
const known = races.map(({ name }) => name)

let wanted: BenchArguments
try {
  wanted = parseBenchArguments(process.argv.slice(2), known)
} catch (error) {
  console.error(`${message(error)}\n${usage}\nraces: ${known.join(', ')}`)
  process.exit(2)
}

await using broker = new Broker(wanted.kafka ?? process.env['DRAKKAR_TEST_KAFKA'] ?? null)
for (const race of races.filter(({ name }) => wanted.names.length === 0 || wanted.names.includes(name))) {
  const folder = await mkdtemp(join(tmpdir(), 'drakkar-bench-'))
  try {
    const context = { messages: wanted.messages ?? race.defaultMessages, folder, kafka: () => broker.address() }
    await publish(await runRace(race, { context, rounds: wanted.rounds, say: (line) => console.error(line) }))
  } catch (error) {
    console.error(`\nTHE RACE ${race.name} HAS NO RESULT: ${message(error)}\n`)
    process.exitCode = 1
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function publish(result: RaceResult): Promise<void> {
  const folder = join(packageFolder, 'results')
  await mkdir(folder, { recursive: true })
  const text = markdown(result)
  await writeFile(join(folder, `${result.race}.md`), text)
  await writeFile(join(folder, `${result.race}.json`), `${JSON.stringify(result, null, 2)}\n`)
  console.log(`\n${text}`)
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
