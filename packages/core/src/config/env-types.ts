/** Text of `drakkar-env.d.ts`: the configured sinks as types, so that a wrong sink name does not compile. Pure. */

export interface EnvTypesInstance {
  /** `CollectResult` list of the sink's type. */
  readonly payloadKey: string
  readonly name: string
  /** Package that declares the payload type; absent for a sink the application defines itself. */
  readonly packageName?: string
}

const header = `// Written by \`drakkar types\` from the configuration. Do not edit; run it again after changing the sinks.
// Include this file in tsconfig.json: payloads for sinks that are not configured, or without a name where there are
// several, then do not compile.`

/** The same text for the same instances, whatever their order. */
export function generateEnvTypes(instances: readonly EnvTypesInstance[]): string {
  const packages = sortedUnique(
    instances.flatMap(({ packageName }) => (packageName === undefined || packageName === '' ? [] : [packageName])),
  )
  const keys = sortedUnique(instances.map(({ payloadKey }) => payloadKey))
  const members = keys.map((key) => {
    const names = sortedUnique(instances.filter(({ payloadKey }) => payloadKey === key).map(({ name }) => name))
    return `    ${propertyName(key)}: ${names.map(quoted).join(' | ')}`
  })
  const imports = ['@drakkar/plugin-sdk', ...packages].map((name) => `import type {} from ${quoted(name)}`)
  // With no sink at all the interface must not be empty: an empty one means "not generated".
  const body = members.length === 0 ? ['    custom: never'] : members
  return [header, ...imports, '', `declare module '@drakkar/plugin-sdk' {`, '  interface ConfiguredSinks {', ...body, '  }', '}', ''].join(
    '\n',
  )
}

function sortedUnique(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort()
}

function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name)
}

/** A string literal in single quotes. */
function quoted(text: string): string {
  const escaped = JSON.stringify(text)
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replaceAll("'", String.raw`\'`)
  return `'${escaped.replaceAll('\u2028', String.raw`\u2028`).replaceAll('\u2029', String.raw`\u2029`)}'`
}
