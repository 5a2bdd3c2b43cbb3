// `npm run complete-lock`: a registry mirror may lack the packages of other platforms, and npm then leaves their entries
// out of package-lock.json, after which `npm ci` refuses the file everywhere. This writes the missing entries: name and
// version come from the parent's optionalDependencies, platform from the name. npm fetches them only on that platform.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './workspace.mjs'

const PLATFORM =
  /(android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|aix|win32|windows)-(arm64|arm|x64|ia32|ppc64|riscv64|s390x|loong64|mips64el|64)(?:-(gnu|musl|eabi|gnueabihf|musleabihf|msvc))?$/
const WASM = /-wasm32-wasi$/
const EXACT = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/

/** The entries to add: path in node_modules → entry. Packages whose name is not a platform's are left to npm. */
export function missingEntries(packages) {
  const missing = {}
  for (const parent of Object.values(packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      const path = `node_modules/${name}`
      const platform = platformOf(name)
      if (path in packages || platform === null || !EXACT.test(version)) continue
      missing[path] = { version, ...platform, ...(parent.dev && { dev: true }), optional: true }
    }
  }
  return missing
}

function platformOf(name) {
  if (WASM.test(name)) return { cpu: ['wasm32'] }
  const match = PLATFORM.exec(name)
  if (match === null) return null
  const [, os, cpu, abi] = match
  const libc = os !== 'linux' ? undefined : abi?.startsWith('musl') ? 'musl' : abi?.startsWith('gnu') ? 'glibc' : undefined
  return { cpu: [cpu === '64' ? 'x64' : cpu], ...(libc && { libc: [libc] }), os: [os === 'windows' ? 'win32' : os] }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const file = join(root, 'package-lock.json')
  const lock = JSON.parse(readFileSync(file, 'utf8'))
  const missing = missingEntries(lock.packages)
  const all = { ...lock.packages, ...missing }
  const paths = Object.keys(all).sort((a, b) => a.localeCompare(b, 'en'))
  writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(paths.map((path) => [path, all[path]])) }, null, 2)}\n`)
  console.log(`${Object.keys(missing).length} entries added to package-lock.json`)
}
