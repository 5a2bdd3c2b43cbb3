/**
 * Writes application trees into a temporary folder: package.json files, modules, links. The modules are plain `.js` and
 * carry the brand of a definition by hand, so that Node imports them without a build of the SDK.
 */
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Logger } from '@drakkar/plugin-sdk'

export interface FixtureApp extends AsyncDisposable {
  readonly root: string
  /** Path inside the tree. */
  at(...parts: string[]): string
  writeJson(file: string, value: unknown): Promise<void>
  writeText(file: string, text: string): Promise<void>
  /** A package with a manifest and its modules. */
  writePackage(folder: string, description: FixturePackage): Promise<void>
  link(target: string, file: string): Promise<void>
}

export interface FixturePackage {
  readonly name: string
  readonly version?: string
  /** The `drakkar.sinks` field; absent: no `drakkar` field at all. */
  readonly sinks?: unknown
  readonly dependencies?: readonly string[]
  /** Relative path → text. */
  readonly modules?: Readonly<Record<string, string>>
  /** More fields of package.json. */
  readonly fields?: Readonly<Record<string, unknown>>
}

export async function fixtureApp(folderName = 'app'): Promise<FixtureApp> {
  const parent = await realpath(await mkdtemp(join(tmpdir(), 'drakkar-registry-')))
  const root = join(parent, folderName)
  await mkdir(root)
  const at = (...parts: string[]) => join(root, ...parts)
  const writeText = async (file: string, text: string) => {
    await mkdir(dirname(at(file)), { recursive: true })
    await writeFile(at(file), text)
  }
  const writeJson = (file: string, value: unknown) => writeText(file, JSON.stringify(value, null, 2))
  return {
    root,
    at,
    writeText,
    writeJson,
    async writePackage(folder, description) {
      await writeJson(join(folder, 'package.json'), packageJson(description))
      for (const [file, text] of Object.entries(description.modules ?? {})) await writeText(join(folder, file), text)
    },
    async link(target, file) {
      await mkdir(dirname(at(file)), { recursive: true })
      await symlink(at(target), at(file), 'dir')
    },
    [Symbol.asyncDispose]: () => rm(parent, { recursive: true, force: true }),
  }
}

/** Source of a module whose default export is a definition; counts its imports in a global under `marker`. */
export function definitionModule(
  type: string,
  options: { readonly contractVersion?: number; readonly marker?: string; readonly exportAs?: string } = {},
): string {
  const { contractVersion = 1, marker, exportAs = 'default' } = options
  const count = marker === undefined ? '' : `globalThis[${JSON.stringify(marker)}] = (globalThis[${JSON.stringify(marker)}] ?? 0) + 1\n`
  const target = exportAs === 'default' ? 'export default definition' : `export { definition as ${exportAs} }`
  return `${count}const definition = {
  type: ${JSON.stringify(type)}, payloadKey: ${JSON.stringify(type)}, short: ${JSON.stringify(type)},
  config: { type: 'object', properties: {} }, payload: { type: 'object', properties: {} },
  idempotent: false, capabilities: {}, contractVersion: ${contractVersion},
  create: () => ({ deliver: () => Promise.resolve() }),
}
Object.defineProperty(definition, Symbol.for('drakkar.sink-definition'), { value: true })
${target}
`
}

/** How often a module written with `marker` was imported in this process. */
export function importsOf(marker: string): number {
  return Number((globalThis as Record<string, unknown>)[marker] ?? 0)
}

export interface LoggedEvent {
  readonly level: string
  readonly event: string
  readonly fields: Readonly<Record<string, unknown>>
}

export function recordingLogger(): { readonly logger: Logger; readonly events: LoggedEvent[] } {
  const events: LoggedEvent[] = []
  const record =
    (level: string) =>
    (event: string, fields: Readonly<Record<string, unknown>> = {}) =>
      void events.push({ level, event, fields })
  return { events, logger: { debug: record('debug'), info: record('info'), warn: record('warn'), error: record('error') } }
}

function packageJson(description: FixturePackage): Readonly<Record<string, unknown>> {
  const { name, version = '1.0.0', sinks, dependencies = [], fields = {} } = description
  return {
    name,
    version,
    type: 'module',
    ...(dependencies.length === 0 ? {} : { dependencies: Object.fromEntries(dependencies.map((dependency) => [dependency, '*'])) }),
    ...(sinks === undefined ? {} : { drakkar: { sinks } }),
    ...fields,
  }
}
