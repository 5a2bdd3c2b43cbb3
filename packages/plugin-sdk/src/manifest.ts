/**
 * The field `drakkar` of a package.json: which sink types the package offers, and where (spec 18, design 5). Read without
 * importing anything; what is wrong is said, not thrown.
 */
import { Type, type Static } from 'typebox'
import { sinkTypePattern } from './define-sink.ts'

/** Where one sink type is found. */
export interface ManifestSink {
  readonly type: string
  /** Module path relative to the package, beginning with `./`. */
  readonly module: string
  /** Name of the export that is the definition: `default` unless the path ends in `#Name`. */
  readonly exportName: string
}

export interface ManifestProblem {
  /** Place in the package.json: `drakkar.sinks.kafka`. */
  readonly path: string
  readonly message: string
}

export interface Manifest {
  /** The usable entries, in the order of the file. */
  readonly sinks: readonly ManifestSink[]
  readonly problems: readonly ManifestProblem[]
}

/** JSON Schema of the field `drakkar`, for editors and documentation. `parseManifest` says more about what is wrong. */
export const manifestSchema = Type.Object(
  {
    sinks: Type.Optional(
      Type.Record(Type.String({ pattern: sinkTypePattern.source }), Type.String({ pattern: '^\\./' }), {
        description: 'Sink type → module path (`./dist/index.js`), with `#Name` for an export other than the default one.',
      }),
    ),
  },
  { description: 'What the package offers to Drakkar.' },
)
export type ManifestField = Static<typeof manifestSchema>

/**
 * Reads the field from a parsed package.json. A package without the field offers nothing and has no problems. Entries that
 * cannot be used are left out and named in `problems`; the others stay usable. Never throws.
 */
export function parseManifest(packageJson: unknown): Manifest {
  const field = member(packageJson, 'drakkar')
  if (field === undefined) return { sinks: [], problems: [] }
  if (!isRecord(field)) return problem('drakkar', 'must be an object')
  const entries = member(field, 'sinks')
  if (entries === undefined) return { sinks: [], problems: [] }
  if (!isRecord(entries)) return problem('drakkar.sinks', 'must be an object of sink type → module path')
  return combine(Object.entries(entries).map(([type, target]) => parseEntry(type, target)))
}

function parseEntry(type: string, target: unknown): Manifest {
  const path = `drakkar.sinks.${type}`
  if (!sinkTypePattern.test(type)) return problem(path, 'the type must be a snake_case name')
  if (typeof target !== 'string') return problem(path, 'must be a module path such as "./dist/index.js"')
  const [module = '', exportName, ...rest] = target.split('#')
  if (!module.startsWith('./') || module === './') return problem(path, 'the module path must begin with "./"')
  if (module.split(/[/\\]/).includes('..')) return problem(path, 'the module path must not leave the package')
  if (rest.length > 0 || exportName === '') return problem(path, 'after "#" comes the name of one export')
  return { sinks: [{ type, module, exportName: exportName ?? 'default' }], problems: [] }
}

function combine(parts: readonly Manifest[]): Manifest {
  return { sinks: parts.flatMap((part) => part.sinks), problems: parts.flatMap((part) => part.problems) }
}

function problem(path: string, message: string): Manifest {
  return { sinks: [], problems: [{ path, message }] }
}

function member(holder: unknown, key: string): unknown {
  return isRecord(holder) && Object.hasOwn(holder, key) ? holder[key] : undefined
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
