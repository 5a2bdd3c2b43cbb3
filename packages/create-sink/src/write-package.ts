/** Writes the new package. The only file that touches the disk. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fillTemplate } from './fill-template.ts'
import { packageManifest, type Language } from './package-manifest.ts'
import type { SinkNames } from './sink-names.ts'
import { UsageError } from './usage-error.ts'

const templates = fileURLToPath(new URL('../template/', import.meta.url))

/** What may lie in a folder that counts as empty: a repository that was just made. */
const tolerated: ReadonlySet<string> = new Set(['.git', '.DS_Store'])

/** Resolves with the files written, relative to the folder, sorted. Throws `UsageError` when something is in the way; then nothing is written. */
export async function writePackage(names: SinkNames, language: Language): Promise<readonly string[]> {
  await refuseOccupied(names.folder)
  const files = new Map(await readTemplate(language, names))
  files.set('package.json', `${JSON.stringify(packageManifest(names, language), null, 2)}\n`)
  files.set('.gitignore', 'node_modules/\ndist/\n*.tgz\n')
  for (const [path, text] of files) {
    const file = join(names.folder, path)
    await mkdir(dirname(file), { recursive: true })
    // Never over something that appeared in the meantime.
    await writeFile(file, text, { flag: 'wx' })
  }
  return [...files.keys()].sort()
}

async function refuseOccupied(folder: string): Promise<void> {
  const found = await list(folder)
  const inTheWay = found.filter((name) => !tolerated.has(name)).sort()
  if (inTheWay.length === 0) return
  const shown = inTheWay.slice(0, 3).join(', ')
  throw new UsageError(`${folder} is not empty (${shown}${inTheWay.length > 3 ? ', …' : ''}): choose another name, or empty it first`)
}

async function list(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT') return []
    if (code === 'ENOTDIR') throw new UsageError(`${folder} is a file: choose another name`)
    throw error
  }
}

async function readTemplate(language: Language, names: SinkNames): Promise<readonly (readonly [path: string, text: string])[]> {
  const root = join(templates, language)
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Promise.all(paths.map(async (path) => [path.slice(root.length + 1), fillTemplate(await readFile(path, 'utf8'), names)] as const))
}
