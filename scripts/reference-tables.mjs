// Pure: JSON Schema and tables of ours → Markdown. The only place that knows how a reference page looks.

const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ')
const row = (cells) => `| ${cells.map(cell).join(' | ')} |`
export const table = (head, rows) => [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')

/** One row per option of a schema, nested ones with their path: `circuit_breaker.failure_threshold`. */
export function optionRows(schema, prefix = '') {
  return Object.entries(schema.properties ?? {}).flatMap(([key, property]) => {
    const path = `${prefix}${key}`
    const inner = objectIn(property)
    const nested = inner === undefined ? [] : optionRows(inner, `${path}.`)
    const required = (schema.required ?? []).includes(key) && property.default === undefined
    const own = [`\`${path}\``, typeName(property), required ? 'required' : defaultText(property), property.description ?? '']
    return nested.length > 0 && property.default === undefined ? [own.with(2, ''), ...nested] : [own, ...nested]
  })
}

export const optionTable = (schema) => table(['Key', 'Type', 'Default', 'Meaning'], optionRows(schema))

/** The object schema of a property, also behind `null | object` and `{ [name]: object }` (shown as its value). */
function objectIn(property) {
  if (property.properties !== undefined) return property
  return property.anyOf?.find((branch) => branch.properties !== undefined)
}

function typeName(schema) {
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ')
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeName).join(' or ')
  if (schema.type === 'array') return `list of ${typeName(schema.items ?? {})}`
  if (schema.type === 'object' && schema.properties === undefined) return 'map'
  return schema.type ?? 'any'
}

function defaultText(schema) {
  if (schema.default === undefined) return ''
  const text = JSON.stringify(schema.default)
  return text.length > 60 ? 'see below' : `\`${text}\``
}

/** Replaces what is between `<!-- name:begin -->` and `<!-- name:end -->`; null when the markers are absent. */
export function replaceBlock(text, name, content) {
  const begin = `<!-- ${name}:begin -->`
  const end = `<!-- ${name}:end -->`
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  if (from === -1 || to < from) return null
  return `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`
}
