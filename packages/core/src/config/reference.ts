/** The reference page of the configuration, made from the schema. Pure. */
import { describeRule } from './describe-rule.ts'
import { rootProperties } from './schema.ts'
import { sinkInstanceSchema } from './schema/sink-instance.ts'
import { alternativesOf, isMappingSchema, viewOf, type SchemaView } from './schema-view.ts'

const intro = `<!-- Generated from packages/core/src/config/schema by its tests. Do not edit. -->

# Configuration

One YAML file, found in this order: the path given, \`DRAKKAR_CONFIG\`, none (defaults and environment alone).
Precedence, low to high: defaults, file, environment.

- Every key can be set in the environment: \`DRAKKAR_\`, then the path with \`__\` between levels:
  \`DRAKKAR_KAFKA__BROKERS=kafka:9092\`, \`DRAKKAR_SINKS__POSTGRES__MAIN_DB__DSN=…\` (case is ignored, \`-\` and \`_\` are equal).
  Lists and mappings are JSON; \`null\` resets a key that may be null.
- \`\${NAME}\` in a string of the file is replaced from the environment; \`$\${\` is a literal \`\${\`.
- Unknown keys are errors, with the place and the key that was probably meant.`

const instanceIntro = `Keys every instance \`sinks.<type>.<instance>\` (or \`sinks.custom.<type>.<instance>\`) has beside those of its sink,
which are listed in the README of the sink's package.`

/** Markdown. */
export function configReference(): string {
  const root = Object.entries(rootProperties).map(([key, schema]) => [key, viewOf(schema)] as const)
  const scalars = root.filter(([, schema]) => mappingOf(schema)?.properties === undefined)
  const sections = root.filter(([, schema]) => mappingOf(schema)?.properties !== undefined)
  const instance = [
    `## sinks.&lt;type&gt;.&lt;instance&gt;`,
    instanceIntro,
    table(Object.entries(sinkInstanceSchema.properties).flatMap(([key, schema]) => rows(key, viewOf(schema)))),
  ]
  return [
    intro,
    '## Root',
    table(scalars.flatMap(([key, schema]) => rows(key, schema))),
    ...sections.flatMap(([key, schema]) => sectionText(key, schema)),
    ...instance,
    '',
  ].join('\n\n')
}

function sectionText(name: string, schema: SchemaView): readonly string[] {
  const members = Object.entries(mappingOf(schema)?.properties ?? {})
  const absent = schema.anyOf === undefined ? [] : ['Absent by default.']
  return [`## ${name}`, [schema.description ?? '', ...absent].join(' '), table(members.flatMap(([key, member]) => rows(key, member)))]
}

type Row = readonly [key: string, value: string, byDefault: string, description: string]

/** One row per key; a group of keys becomes the rows of its members, after its own when it can be left out. */
function rows(path: string, schema: SchemaView): readonly Row[] {
  const properties = mappingOf(schema)?.properties
  if (properties === undefined) return [rowOf(path, schema)]
  const own = isGroup(schema) ? [] : [rowOf(path, schema)]
  return [...own, ...Object.entries(properties).flatMap(([key, member]) => rows(`${path}.${key}`, member))]
}

function isGroup(schema: SchemaView): boolean {
  return isMappingSchema(schema) && JSON.stringify(schema.default) === '{}'
}

function rowOf(path: string, schema: SchemaView): Row {
  const byDefault = 'default' in schema ? `\`${JSON.stringify(schema.default)}\`` : ''
  return [`\`${path}\``, describeRule(schema), byDefault, schema.description ?? '']
}

function mappingOf(schema: SchemaView): SchemaView | undefined {
  return alternativesOf(schema).find(isMappingSchema)
}

function table(lines: readonly Row[]): string {
  const header: readonly string[] = ['| Key | Value | Default | Meaning |', '| --- | --- | --- | --- |']
  return [...header, ...lines.map((line) => `| ${line.map(cell).join(' | ')} |`)].join('\n')
}

function cell(text: string): string {
  return text.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ')
}
