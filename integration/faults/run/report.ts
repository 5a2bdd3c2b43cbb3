/** Results to `docs/reliability.md`: a table of figures. */
import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { integrationFolder, reliabilityPage } from '../places.ts'
import { reportText } from './report-text.ts'
import { readResults } from './results.ts'

/** Returns the page, relative to the repository. */
export function writeReport(): string {
  writeFileSync(reliabilityPage, reportText(readResults()))
  return relative(`${integrationFolder}/..`, reliabilityPage)
}
