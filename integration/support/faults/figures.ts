/** The figures of all scenarios of a run: one line each in a file, one table at the end. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../../.reports/', import.meta.url))
const lines = `${folder}faults.jsonl`
const table = `${folder}faults.txt`

export interface Figures {
  readonly scenario: string
  readonly messages: number
  /** What the fault did: connections reset, answers lost, requests refused. */
  readonly hits: number
  readonly delivered: number
  readonly dead: number
  readonly spooled: number
  readonly skipped: number
  readonly missing: number
  readonly duplicates: number
  /** Most messages in the worker at once. */
  readonly max_held: number
  readonly max_rss_mb: number
  readonly seconds: number
}

export function forgetFigures(): void {
  rmSync(lines, { force: true })
  rmSync(table, { force: true })
}

export function recordFigures(figures: Figures): void {
  mkdirSync(folder, { recursive: true })
  appendFileSync(lines, `${JSON.stringify(figures)}\n`)
}

/** Writes the table beside the lines and returns it; null when no scenario ran. */
export function writeTable(): string | null {
  if (!existsSync(lines)) return null
  const rows = readFileSync(lines, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): Figures => JSON.parse(line))
  const text = formatTable(rows)
  writeFileSync(table, text)
  return text
}

function formatTable(rows: readonly Figures[]): string {
  const [first] = rows
  const columns = Object.keys(first ?? {}) as (keyof Figures)[]
  const cells = [columns.map((name) => name.replaceAll('_', ' ')), ...rows.map((row) => columns.map((column) => String(row[column])))]
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => row[index]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row.map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0))).join('  ')
  return `${cells.map(line).join('\n')}\n`
}
