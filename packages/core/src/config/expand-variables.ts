/** `${NAME}` in string values of the file, from the environment; `$${` stands for a literal `${` (CFG-14). Pure. */
import type { ConfigProblem } from '@drakkar/plugin-sdk'
import type { ConfigNode, MappingNode, ScalarNode } from './config-node.ts'
import { problemAt } from './problems.ts'

export interface Expansion {
  readonly root: MappingNode
  readonly problems: readonly ConfigProblem[]
}

const reference = /\$\$\{|\$\{([^}]*)(\}?)/g
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/

export function expandVariables(root: MappingNode, environment: NodeJS.ProcessEnv): Expansion {
  const problems: ConfigProblem[] = []
  const expanded = expandMapping(root, [], { environment, problems })
  return { root: expanded, problems }
}

interface Context {
  readonly environment: NodeJS.ProcessEnv
  readonly problems: ConfigProblem[]
}

function expandNode(node: ConfigNode, path: readonly string[], context: Context): ConfigNode {
  if (node.kind === 'scalar') return expandScalar(node, path, context)
  if (node.kind === 'mapping') return expandMapping(node, path, context)
  return { ...node, items: node.items.map((item, index) => expandNode(item, [...path, String(index)], context)) }
}

function expandMapping(node: MappingNode, path: readonly string[], context: Context): MappingNode {
  const entries = [...node.entries].map(
    ([key, entry]) => [key, { ...entry, node: expandNode(entry.node, [...path, key], context) }] as const,
  )
  return { ...node, entries: new Map(entries) }
}

function expandScalar(node: ScalarNode, path: readonly string[], context: Context): ScalarNode {
  const text = node.value
  if (typeof text !== 'string' || !text.includes('${')) return node
  let broken: true | undefined
  const fail = (message: string) => {
    broken = true
    context.problems.push(problemAt(path, message, node.origin))
    return ''
  }
  const value = text.replace(reference, (whole: string, name: string | undefined, end: string | undefined) => {
    if (name === undefined) return '${'
    if (end === '' || !variableName.test(name)) {
      return fail('malformed variable reference; write ${NAME}, or $${ for a literal ${')
    }
    return context.environment[name] ?? fail(`environment variable ${name} is not set`)
  })
  return { ...node, value, template: text, ...(broken === undefined ? {} : { broken }) }
}
