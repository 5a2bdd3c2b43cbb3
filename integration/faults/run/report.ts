/** Results to `docs/reliability.md`: a table of figures. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { reliabilityPage, reportsFolder, integrationFolder } from '../places.ts'
import { reportText, type OtherRow } from './report-text.ts'
import { readResults } from './results.ts'

/** Returns the page, relative to the repository. */
export function writeReport(): string {
  const facts = { results: readResults(), rebalancing: otherRows('rebalance.jsonl'), sinks: otherRows('faults.jsonl') }
  writeFileSync(reliabilityPage, reportText(facts))
  return relative(join(integrationFolder, '..'), reliabilityPage)
}

/** Figures of the suites beside this one, one JSON object a line. Empty when they have not run. */
function otherRows(name: string): readonly OtherRow[] {
  const file = join(reportsFolder, name)
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  return lines.map((line) => JSON.parse(line) as OtherRow)
}
