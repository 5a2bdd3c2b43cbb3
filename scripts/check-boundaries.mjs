// The arrows between our packages and the rooms of every sink (docs: ARCHITECTURE.md, "Packages"). Both are data below;
// anything not listed is refused. Also: only an index.ts named in `exports` re-exports, and by name.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, workspaceFolders } from './workspace.mjs'

const MAY_IMPORT = {
  'plugin-sdk': [],
  'kafka-codecs': [],
  'create-sink': [],
  core: ['plugin-sdk', 'kafka-codecs'],
  cli: ['core', 'plugin-sdk'],
  'sink-kafka': ['plugin-sdk', 'kafka-codecs'],
}
const SINK_MAY_IMPORT = ['plugin-sdk']
const ROOMS = ['config', 'payload', 'request', 'client', 'classify-error', 'sink', 'index']

const IMPORT = /(?:\bfrom|\bimport\s*\(|\bimport)\s*'(@drakkar\/[^'/]+)/g

/** Every broken rule as one sentence. `packages` is `{ name, manifest, files: { path: text } }[]`. */
export function brokenRules(packages) {
  return packages.flatMap((item) => [...arrows(item), ...rooms(item), ...reexports(item)])
}

function arrows({ name, manifest, files }) {
  const allowed = MAY_IMPORT[name] ?? (name.startsWith('sink-') ? SINK_MAY_IMPORT : undefined)
  if (allowed === undefined) return [`packages/${name}: not in the table of scripts/check-boundaries.mjs; add its arrows`]
  const allowedNames = new Set([name, ...allowed].map((folder) => `@drakkar/${folder}`))
  const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
  const own = declared.filter((dependency) => dependency.startsWith('@drakkar/') && !allowedNames.has(dependency))
  const problems = own.map((dependency) => `packages/${name}/package.json: may not depend on ${dependency}`)
  if (name.startsWith('sink-') && !manifest.peerDependencies?.['@drakkar/plugin-sdk']) {
    problems.push(`packages/${name}/package.json: a sink holds @drakkar/plugin-sdk as peerDependency`)
  }
  for (const [path, text] of Object.entries(files)) {
    for (const [, imported] of text.matchAll(IMPORT)) {
      if (imported.startsWith('@drakkar/') && !allowedNames.has(imported))
        problems.push(`packages/${name}/${path}: may not import ${imported}`)
    }
  }
  return problems
}

function rooms({ name, files }) {
  if (!name.startsWith('sink-')) return []
  return ROOMS.filter((room) => !(`src/${room}.ts` in files)).map((room) => `packages/${name}: room src/${room}.ts is missing`)
}

function reexports({ name, manifest, files }) {
  const doors = new Set(Object.values(manifest.exports ?? {}).map((door) => door['@drakkar/source']?.slice('./'.length)))
  return Object.entries(files).flatMap(([path, text]) => {
    if (/^export \* /m.test(text)) return [`packages/${name}/${path}: re-exports with *; name what is exported`]
    const isBarrel = /(^|\/)index\.ts$/.test(path) && path.startsWith('src/') && !doors.has(path)
    return isBarrel ? [`packages/${name}/${path}: an index.ts that is no exports entry`] : []
  })
}

function readPackages() {
  return workspaceFolders()
    .filter(({ folder }) => relative(root, folder).startsWith(`packages${sep}`))
    .map(({ folder, manifest }) => ({ name: relative(join(root, 'packages'), folder), manifest, files: readSources(folder) }))
}

function readSources(folder) {
  const paths = ['src', 'bin'].flatMap((part) =>
    existsSync(join(folder, part)) ? readdirSync(join(folder, part), { recursive: true }).map((path) => join(part, path)) : [],
  )
  const sources = paths.filter((path) => /(?<!\.test|\.test-d)\.[jt]s$/.test(path))
  return Object.fromEntries(sources.map((path) => [path.split(sep).join('/'), readFileSync(join(folder, path), 'utf8')]))
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const problems = brokenRules(readPackages())
  for (const problem of problems) console.error(problem)
  if (problems.length === 0) console.log('boundaries: every arrow, room and door is as drawn')
  process.exitCode = problems.length === 0 ? 0 : 1
}
