/** F38: results whose file names lead out of the folder of the file sink. */
import { access, mkdir, readdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { defineScenario, type Stage } from '../contract.ts'
import type { ModeName } from '../modes.ts'

const file = 'results.ndjson'
const hostile = ['path_up', 'path_absolute', 'path_nul', 'path_link'] as const satisfies readonly ModeName[]

export default defineScenario({
  id: 'F38',
  name: 'hostile-paths',
  fault: 'file names from messages: .., absolute, NUL byte, through a symbolic link',
  invariant: '0 escapes: dead-lettered by the file sink, nothing written outside; neighbours delivered',
  group: 'disk',
  needs: ['linux'],
  tiers: { ci: { messages: 400 }, hour: { messages: 10_000, seeds: 3 } },
  limits: { duplicates: 0, reExecuted: 0, recoverySeconds: null },
  messages: { shares: { precomputed: 4, echo: 0.5, path_up: 0.2, path_absolute: 0.2, path_nul: 0.2, path_link: 0.2 } },
  resultsFile: join('base', file),
  launch: { env: { FAULT_RESULTS_FILE: file } },
  config: ({ folder }) => ({
    sinks: { filesystem: { results: { base_path: join(folder, 'base'), retry: { backoff: { interval: '200ms' } } } } },
  }),

  async prepare({ folder }) {
    await mkdir(join(folder, 'base'))
    await mkdir(join(folder, 'elsewhere'))
    await symlink(join(folder, 'elsewhere'), join(folder, 'base', 'link'))
  },

  async bite(stage) {
    const { deadBy } = await stage.status()
    const counts = hostile.map((mode) => deadBy[mode]?.['filesystem results'] ?? 0)
    return counts.includes(0) ? 0 : counts.reduce((sum, count) => sum + count, 0)
  },

  check: escapes,
})

async function escapes({ folder }: Stage): Promise<readonly string[]> {
  const inside = (await readdir(join(folder, 'base'))).filter((name) => name !== file && name !== 'link')
  const elsewhere = await readdir(join(folder, 'elsewhere'))
  const outside = [join(folder, 'outside.ndjson'), '/tmp/drakkar-fault-outside.ndjson']
  const written = await Promise.all(
    outside.map((path) =>
      access(path).then(
        () => [path],
        () => [],
      ),
    ),
  )
  return [...inside, ...elsewhere, ...written.flat()].map((path) => `written although it must not be: ${path}`)
}
