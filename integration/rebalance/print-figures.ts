/** Global set-up of the rebalance suite: the figures of all scenarios in one table when all have run. */
import { forgetFigures, writeFigures } from './figures.ts'

export function setup(): void {
  forgetFigures()
}

export function teardown(): void {
  const table = writeFigures()
  if (table !== null) process.stderr.write(`\nRebalancing\n${table}`)
}
