/**
 * FerretDB, built from its Go module once per machine: the only server of the MongoDB protocol that is to be had from a
 * package registry.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { cacheDirectory } from './cache-directory.ts'
import { commandWorks, runNative } from './native-process.ts'

const sourceFiles = ['go.mod', 'go.sum', 'main.go']
const progressEveryMs = 10_000

/** Null when the server is there or can be built. */
export async function missingFerret(): Promise<string | null> {
  if (existsSync(await ferretPath())) return null
  return (await commandWorks('go', ['version'])) ? null : 'install Go 1.24 or later (`go`), which builds FerretDB'
}

/** Path of the program. Two processes may build at once: each does it in a directory of its own, the first to finish wins. */
export async function ferretBinary(progress: (line: string) => void): Promise<string> {
  const target = await ferretPath()
  if (existsSync(target)) return target
  await mkdir(cacheDirectory(), { recursive: true })
  const work = await mkdtemp(join(cacheDirectory(), '.build-'))
  const startedAtMs = Date.now()
  const say = (what: string) => progress(`ferretdb: ${what} (${Math.round((Date.now() - startedAtMs) / 1000)} s)`)
  progress('ferretdb: building with Go, once per machine, two to four minutes')
  const timer = setInterval(() => say('still building'), progressEveryMs)
  try {
    await Promise.all(sourceFiles.map((name) => copyFile(join(sourceDirectory(), name), join(work, name))))
    await runNative({ command: 'go', args: ['build', '-trimpath', '-o', 'ferretdb', '.'], logFile: join(work, 'build.log'), cwd: work })
    await rename(join(work, 'ferretdb'), target)
    say(`installed as ${target}`)
    return target
  } finally {
    clearInterval(timer)
    await rm(work, { recursive: true, force: true })
  }
}

/** Named after its sources, so that a changed one is built anew. */
async function ferretPath(): Promise<string> {
  const hash = createHash('sha256')
  for (const name of sourceFiles) hash.update(await readFile(join(sourceDirectory(), name)))
  return join(cacheDirectory(), `ferretdb-${hash.digest('hex').slice(0, 12)}`)
}

/** The sources lie in `services`, also when this file runs compiled from `dist/services`. */
function sourceDirectory(): string {
  const beside = join(import.meta.dirname, 'ferretdb')
  return existsSync(beside) ? beside : join(import.meta.dirname, '../../services/ferretdb')
}
