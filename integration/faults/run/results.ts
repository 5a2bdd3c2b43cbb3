/** Results on disk: one JSON file a run. Whoever has a suite of its own (rebalancing) writes the same files. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunResult } from '../judge/figures.ts'
import { resultsFolder } from '../places.ts'

type Key = Pick<RunResult, 'id' | 'name' | 'tier'>

export function recordResult(result: RunResult): void {
  mkdirSync(resultsFolder, { recursive: true })
  writeFileSync(join(resultsFolder, `${prefix(result)}${result.seed}.json`), `${JSON.stringify(result, null, 2)}\n`)
}

/** Deletes the results of earlier runs of a scenario in a tier. */
export function forgetResults(key: Key): void {
  for (const name of files()) if (name.startsWith(prefix(key))) rmSync(join(resultsFolder, name))
}

/** In the order of their ids and names. */
export function readResults(): readonly RunResult[] {
  const results = files().map((name) => JSON.parse(readFileSync(join(resultsFolder, name), 'utf8')) as RunResult)
  const order = ({ id, name, tier, seed }: RunResult) => `${id} ${name} ${tier} ${String(seed).padStart(12, '0')}`
  return results.toSorted((a, b) => (order(a) < order(b) ? -1 : 1))
}

function prefix({ id, name, tier }: Key): string {
  return `${id}-${name}-${tier}-`
}

function files(): readonly string[] {
  return existsSync(resultsFolder) ? readdirSync(resultsFolder).filter((name) => name.endsWith('.json')) : []
}
