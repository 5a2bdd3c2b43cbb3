/** Global set-up of the integration suite: the figures of the fault scenarios in one table when all have run. */
import { forgetFigures, writeTable } from './figures.ts'

export function setup(): void {
  forgetFigures()
}

export function teardown(): void {
  const table = writeTable()
  if (table !== null) process.stderr.write(`\nFault scenarios\n${table}`)
}
