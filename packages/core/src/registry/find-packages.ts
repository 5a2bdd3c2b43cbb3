/**
 * The only I/O of discovery: the application's own `package.json` and those of its direct dependencies. Reads files,
 * imports nothing.
 */
import { readFile, realpath } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'

export interface FoundPackage {
  /** `name` of its package.json, else the name it is installed under. */
  readonly name: string
  readonly version: string
  /** Absolute, links resolved. */
  readonly folder: string
  readonly isApp: boolean
  /** The parsed package.json. */
  readonly packageJson: Readonly<Record<string, unknown>>
}

export interface UnreadablePackage {
  readonly name: string
  readonly file: string
  readonly error: string
}

export interface PackageScan {
  /** Folder of the application's package.json; null when there is none at or above the folder searched from. */
  readonly appRoot: string | null
  /** The application first, then its dependencies by name. */
  readonly packages: readonly FoundPackage[]
  /** Declared as dependencies, not installed. Sorted. */
  readonly notInstalled: readonly string[]
  /** A package.json that exists and cannot be used. */
  readonly unreadable: readonly UnreadablePackage[]
}

type ReadOutcome =
  | { readonly status: 'found'; readonly file: string; readonly packageJson: Readonly<Record<string, unknown>> }
  | { readonly status: 'missing' }
  | { readonly status: 'unreadable'; readonly file: string; readonly error: string }

const dependencyFields = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'] as const

/**
 * Reads the manifests around `from`: the nearest package.json at or above it, then each direct dependency, looked up the
 * way Node does (every `node_modules` from the application upwards, links followed), so that npm, pnpm, yarn and hoisted
 * workspaces all work. Never rejects because of a broken package.
 */
export async function findPackages(from: string): Promise<PackageScan> {
  const app = await readNearest(resolve(from))
  if (app.status === 'missing') return { appRoot: null, packages: [], notInstalled: [], unreadable: [] }
  if (app.status === 'unreadable') {
    const unreadable = [{ name: 'the application', file: app.file, error: app.error }]
    return { appRoot: dirname(app.file), packages: [], notInstalled: [], unreadable }
  }
  const appRoot = dirname(app.file)
  const names = dependencyNames(app.packageJson)
  const outcomes = await Promise.all(names.map(async (name) => ({ name, outcome: await readDependency(appRoot, name) })))
  const packages = [await describePackage(app, '', true)]
  const notInstalled: string[] = []
  const unreadable: UnreadablePackage[] = []
  for (const { name, outcome } of outcomes) {
    if (outcome.status === 'found') packages.push(await describePackage(outcome, name, false))
    else if (outcome.status === 'missing') notInstalled.push(name)
    else unreadable.push({ name, file: outcome.file, error: outcome.error })
  }
  return { appRoot, packages, notInstalled, unreadable }
}

/** Names of all direct dependencies of every kind, sorted, each once. */
function dependencyNames(packageJson: Readonly<Record<string, unknown>>): readonly string[] {
  const names = dependencyFields.flatMap((field) => {
    const value = packageJson[field]
    return isRecord(value) ? Object.keys(value) : []
  })
  return [...new Set(names)].filter((name) => /^(@[^/\\]+\/)?[^@./\\][^/\\]*$/.test(name)).sort()
}

async function readNearest(folder: string): Promise<ReadOutcome> {
  for (const candidate of selfAndParents(folder)) {
    const outcome = await readPackageJson(join(candidate, 'package.json'))
    if (outcome.status !== 'missing') return outcome
  }
  return { status: 'missing' }
}

async function readDependency(appRoot: string, name: string): Promise<ReadOutcome> {
  for (const folder of selfAndParents(appRoot)) {
    const outcome = await readPackageJson(join(folder, 'node_modules', name, 'package.json'))
    if (outcome.status !== 'missing') return outcome
  }
  return readThroughResolver(appRoot, name)
}

/** For layouts without `node_modules` (yarn Plug'n'Play), where only Node's own resolver knows the place. */
async function readThroughResolver(appRoot: string, name: string): Promise<ReadOutcome> {
  if (process.versions['pnp'] === undefined) return { status: 'missing' }
  try {
    return await readPackageJson(createRequire(join(appRoot, 'package.json')).resolve(`${name}/package.json`))
  } catch {
    return { status: 'missing' }
  }
}

async function readPackageJson(file: string): Promise<ReadOutcome> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (isAbsent(error)) return { status: 'missing' }
    return { status: 'unreadable', file, error: error instanceof Error ? error.message : String(error) }
  }
  try {
    const packageJson: unknown = JSON.parse(text)
    if (isRecord(packageJson)) return { status: 'found', file, packageJson }
    return { status: 'unreadable', file, error: 'package.json is not an object' }
  } catch (error) {
    return { status: 'unreadable', file, error: error instanceof Error ? error.message : String(error) }
  }
}

async function describePackage(found: ReadOutcome & { status: 'found' }, installedAs: string, isApp: boolean): Promise<FoundPackage> {
  const { name, version } = found.packageJson
  return {
    name: typeof name === 'string' && name !== '' ? name : installedAs,
    version: typeof version === 'string' ? version : '',
    folder: await realpath(dirname(found.file)),
    isApp,
    packageJson: found.packageJson,
  }
}

function* selfAndParents(folder: string): Generator<string> {
  let current = folder
  while (true) {
    yield current
    const parent = dirname(current)
    if (parent === current) return
    current = parent
  }
}

function isAbsent(error: unknown): boolean {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  return code === 'ENOENT' || code === 'ENOTDIR'
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
