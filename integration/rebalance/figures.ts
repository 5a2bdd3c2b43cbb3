/** The figures of all scenarios of a run: one line of JSON each, one table and one file at the end. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { formatRows, rowsOf, type Row } from './table.ts'
import type { Played, Scenario } from './scenario.ts'

const folder = fileURLToPath(new URL('../.reports/', import.meta.url))
const lines = `${folder}rebalance.jsonl`
const results = `${folder}rebalance.json`
const table = `${folder}rebalance.txt`

export function forgetFigures(): void {
  for (const file of [lines, results, table]) rmSync(file, { force: true })
}

/** `inconclusive`: why the run shows nothing, null when it does. */
export function recordPlayed(scenario: Scenario, played: Played, inconclusive: string | null): void {
  mkdirSync(folder, { recursive: true })
  const rows = rowsOf(scenario, played, inconclusive)
  appendFileSync(lines, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  process.stderr.write(formatRows(rows))
}

/** Writes table and JSON beside the lines; returns the table, null when nothing ran. */
export function writeFigures(): string | null {
  if (!existsSync(lines)) return null
  const rows = readFileSync(lines, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): Row => JSON.parse(line) as Row)
  writeFileSync(results, `${JSON.stringify(rows, null, 2)}\n`)
  const text = formatRows(rows)
  writeFileSync(table, text)
  return text
}
