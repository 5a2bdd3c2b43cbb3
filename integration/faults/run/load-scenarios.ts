/** Every file of `scenarios/` is a scenario: who adds one adds a file. */
import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { FaultScenario } from '../contract.ts'

const folder = new URL('../scenarios/', import.meta.url)

/** In the order of their ids, then names. Throws for two of one name. */
export async function loadScenarios(): Promise<readonly FaultScenario[]> {
  const files = (await readdir(fileURLToPath(folder))).filter((name) => /^[a-z0-9-]+\.(?:ts|js)$/.test(name))
  const modules = await Promise.all(
    files.map(async (file) => (await import(/* @vite-ignore */ new URL(file, folder).href)) as { readonly default: FaultScenario }),
  )
  const scenarios = modules.map((module) => module.default).toSorted((a, b) => (`${a.id} ${a.name}` < `${b.id} ${b.name}` ? -1 : 1))
  const names = scenarios.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new Error(`two scenarios are called ${twice}`)
  return scenarios
}
