/** What a figure is worth depends on: processor, memory, load, versions. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryBytes: number
  readonly system: string
  /** Of the last minute: what else the machine does shows in the one before the race. */
  readonly loadAverage: { readonly before: number; readonly after: number }
  readonly versions: Readonly<Record<string, string>>
}

/** Of the last minute. */
export function loadNow(): number {
  return loadavg()[0] ?? 0
}

/** `loadBefore`: of the time before the race. */
export async function describeMachine(loadBefore: number): Promise<Machine> {
  return {
    cpu: cpus()[0]?.model ?? 'unknown processor',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
    loadAverage: { before: loadBefore, after: loadNow() },
    versions: { node: process.versions.node, '@drakkar/core': await versionOf('@drakkar/core'), kafkajs: await versionOf('kafkajs') },
  }
}

async function versionOf(name: string): Promise<string> {
  const path = createRequire(import.meta.url).resolve(`${name}/package.json`)
  const manifest: unknown = JSON.parse(await readFile(path, 'utf8'))
  const hasVersion = typeof manifest === 'object' && manifest !== null && 'version' in manifest
  return hasVersion ? String(manifest.version) : 'unknown'
}
