/** F33: the disk of the file sink is full, again and again. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { defineScenario, type Stage } from '../contract.ts'
import { diskFromOutside, fillDisk, freeDisk, throughSmallDisk } from '../stage/small-disk.ts'

const file = 'results.ndjson'

export default defineScenario({
  id: 'F33',
  name: 'results-disk-full',
  fault: 'the disk of the file sink is full (ENOSPC), and has room again',
  invariant: 'tried again by the retry policy; each line whole, none twice, none lost',
  group: 'disk',
  needs: ['root', 'linux'],
  tiers: { ci: { messages: 1500, rounds: 2 }, hour: { messages: 6000, rounds: 20, seeds: 3 } },
  limits: { duplicates: 0, reExecuted: 0, recoverySeconds: 15 },
  resultsFile: `disk/${file}`,
  launch: { through: throughSmallDisk, env: { FAULT_RESULTS_FILE: file } },
  config: ({ folder }) => ({
    sinks: { filesystem: { results: { base_path: join(folder, 'mounted'), retry: { backoff: { interval: '200ms' } } } } },
  }),

  async inject(stage) {
    for (let round = 1; round <= stage.rounds; round += 1) {
      await fillDisk(stage.folder)
      await sleep(stage.randomMs(1000, 2500))
      await freeDisk(stage.folder)
      if (round < stage.rounds) await stage.untilSettledMore(200)
    }
  },

  bite: (stage) => stage.warnings(),
  check: brokenLines,
})

/** Everything the file holds has to be whole lines of JSON. */
async function brokenLines({ folder }: Stage): Promise<readonly string[]> {
  const text = await readFile(join(diskFromOutside(folder), file), 'utf8')
  const broken = text
    .split('\n')
    .slice(0, -1)
    .filter((line) => !isJson(line))
  const findings = broken.map((line) => `a broken line in the file: ${line.slice(0, 200)}`)
  return text.endsWith('\n') ? findings : [...findings, 'the file ends in the middle of a line']
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line)
    return true
  } catch {
    return false
  }
}
