// The folders of the npm workspaces, from the root package.json; no dependency, so that it works before an install.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '')

export const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'))

/** `{ folder, manifest }` of each workspace that exists, in the order of the root package.json. */
export function workspaceFolders() {
  return readJson(join(root, 'package.json'))
    .workspaces.flatMap(expand)
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .map((folder) => ({ folder, manifest: readJson(join(folder, 'package.json')) }))
}

function expand(pattern) {
  if (!pattern.endsWith('/*')) return [join(root, pattern)]
  const parent = join(root, pattern.slice(0, -2))
  if (!existsSync(parent)) return []
  return readdirSync(parent)
    .sort()
    .map((name) => join(parent, name))
}
