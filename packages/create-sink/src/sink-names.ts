/** From what the author typed to the names in the new package. Pure. */
import { basename, resolve } from 'node:path'
import { builtInClash } from './built-in-types.ts'
import { UsageError } from './usage-error.ts'

export interface SinkNames {
  /** npm name of the package. */
  readonly packageName: string
  /** Absolute folder of the package. */
  readonly folder: string
  /** Registry key and configuration section, snake_case. */
  readonly type: string
}

export interface GivenNames {
  /** A package name (`@acme/drakkar-sink-parcels`) or a folder (`./sinks/parcels`, `.`). */
  readonly target: string
  /** The sink type; null: made from the package name. */
  readonly type: string | null
  readonly workingDirectory: string
}

const packagePattern = /^(?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/
const scopedPattern = /^@[^/\\]+\/[^/\\]+$/
/** What `defineSink` of the SDK accepts; a test keeps the two equal. */
const typePattern = /^[a-z][a-z0-9_]*$/
const reservedTypes: ReadonlySet<string> = new Set(['custom', 'circuit_breaker'])
/** npm's own limit. */
const longestPackageName = 214

/** Throws `UsageError` saying which name is not usable and what to write instead. */
export function sinkNames({ target, type, workingDirectory }: GivenNames): SinkNames {
  const isScoped = scopedPattern.test(target)
  const folder = resolve(workingDirectory, isScoped ? basename(target) : target)
  const packageName = isScoped ? target : basename(folder)
  checkPackageName(packageName)
  return { packageName, folder, type: type === null ? typeFromPackage(packageName) : checkedType(type) }
}

function checkPackageName(name: string): void {
  if (packagePattern.test(name) && name.length <= longestPackageName && name !== 'node_modules') return
  const suggestion = name.toLowerCase().replaceAll(/[^a-z0-9@/._-]+/g, '-')
  const hint = packagePattern.test(suggestion) ? `, for example ${suggestion}` : ''
  throw new UsageError(`"${name}" cannot be the name of an npm package: use small letters, digits and hyphens${hint}`)
}

function checkedType(type: string): string {
  if (reservedTypes.has(type)) throw new UsageError(`--type ${type}: this word means something else in the configuration; choose another`)
  if (typePattern.test(type)) return type
  throw new UsageError(`--type ${type}: a sink type is a snake_case name beginning with a letter, for example parcel_store`)
}

/** `@acme/drakkar-sink-parcel-store` and `parcel-store-sink` are for the type `parcel_store`. */
function typeFromPackage(packageName: string): string {
  const words = basename(packageName)
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
  const telling = words.filter((word) => word !== 'drakkar' && word !== 'sink')
  const type = telling.join('_')
  const clash = builtInClash(type)
  if (clash !== null) throw new UsageError(`${clash}. Choose another type with --type, or say --type ${type} if that is what you want`)
  if (typePattern.test(type) && !reservedTypes.has(type)) return type
  throw new UsageError(`no sink type can be made from the name ${packageName}: say it with --type, for example --type parcel_store`)
}
