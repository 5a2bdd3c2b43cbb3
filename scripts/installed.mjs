// Says whether node_modules holds what package-lock.json asks for. Compares contents, not times: a clone, a branch
// switch and an interrupted install all leave times that prove nothing. npm writes its own record of what it installed.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readJson, root } from './workspace.mjs'

/** `null` when everything is there, else the reason for an install, as a sentence for the user. */
export function reasonToInstall(folder = root) {
  const record = join(folder, 'node_modules', '.package-lock.json')
  if (!existsSync(record)) return 'nothing is installed yet'
  const stale = differences(readJson(join(folder, 'package-lock.json')).packages, readJson(record).packages)
  if (stale.length === 0) return null
  return `${stale.length} installed package(s) differ from package-lock.json, for example ${stale[0]}`
}

/** Paths whose version is absent or different. Optional packages are for other platforms when they are absent. */
export function differences(wanted, installed) {
  return Object.keys(wanted).filter((path) => {
    if (path === '') return false
    const found = installed[path]
    if (found === undefined) return !(wanted[path].optional || wanted[path].devOptional)
    return found.version !== wanted[path].version
  })
}
