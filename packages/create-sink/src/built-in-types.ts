/** The sink types Drakkar itself brings, and where handlers put their payloads. A test keeps them equal to the packages. Pure. */

const builtInTypes: ReadonlySet<string> = new Set([
  'blackhole',
  'file_line',
  'filesystem',
  'http',
  'kafka',
  'log',
  'mongo',
  'null',
  'postgres',
  'pprint',
  'print',
  'redis',
])

/** Payload keys that are not called as their type. */
const builtInPayloadKeys: ReadonlyMap<string, string> = new Map([['files', 'filesystem']])

/** What a package for this type takes the place of, or collides with; null when nothing. */
export function builtInClash(type: string): string | null {
  if (builtInTypes.has(type)) return `"${type}" is a built-in sink type: the package takes its place for every application that installs it`
  const owner = builtInPayloadKeys.get(type)
  return owner === undefined ? null : `"${type}" is where handlers put the payloads of the built-in type "${owner}"`
}
