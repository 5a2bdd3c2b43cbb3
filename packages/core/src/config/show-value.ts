/** A rejected value as a problem may show it: shortened, and without anything secret in it (CFG-13). Pure. */
import { isSecret, redactByName, redacted } from '@drakkar/plugin-sdk'
import type { ConfigNode } from './config-node.ts'
import { alternativesOf, type SchemaView } from './schema-view.ts'

const longest = 60

export function isSecretSchema(schema: SchemaView): boolean {
  return isSecret(schema) || alternativesOf(schema).some((branch) => isSecret(branch))
}

/** `key`: the last key of the path; its name alone can tell that the value is secret. */
export function showValue(node: ConfigNode, key: string, secret: boolean): string {
  if (node.kind === 'mapping') return 'a mapping'
  if (node.kind === 'list') return 'a list'
  if (node.template !== undefined) return JSON.stringify(node.template)
  if (node.value === null) return 'nothing'
  if (secret) return redacted
  if (typeof node.value !== 'string') return String(node.value)
  const shown = redactByName(key, node.value)
  return JSON.stringify(shown.length > longest ? `${shown.slice(0, longest)}…` : shown)
}
