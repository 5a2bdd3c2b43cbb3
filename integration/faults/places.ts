/** Where things are, whether this file runs from its source (vitest) or compiled (`npm run faults`). */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the integration workspace. */
export const integrationFolder = findUp(dirname(fileURLToPath(import.meta.url)), 'tsconfig.faults.json')

/** Files that are started as they are: the handler, the task program, the probe. */
export const programFolder = join(integrationFolder, 'faults', 'program')

/** Compiled sources, for processes that node starts; `npm run faults` and the suite's set-up write it. */
export const compiledFolder = join(integrationFolder, 'dist', 'faults')

/** Figures of all suites of this workspace. */
export const reportsFolder = join(integrationFolder, '.reports')

/** One JSON file for each run of a scenario. */
export const resultsFolder = join(reportsFolder, 'fault-results')

export const reliabilityPage = join(integrationFolder, '..', 'docs', 'reliability.md')

function findUp(folder: string, name: string): string {
  if (existsSync(join(folder, name))) return folder
  const parent = dirname(folder)
  if (parent === folder) throw new Error(`${name} is in no folder above`)
  return findUp(parent, name)
}
