/** A rejected value as a problem may show it: shortened, and without anything secret in it (CFG-13). Pure. */
import { isSecret, redactByName, redacted } from '@drakkar/plugin-sdk'
import type { ConfigNode } from './config-node.ts'
import { alternativesOf, type SchemaView } from './schema-view.ts'

const longest = 60

export function isSecretSchema(schema: SchemaView): boolean {
  return isSecret(schema) || alternativesOf(schema).some((branch) => isSecret(branch))
}

/** What stands there, without saying it: where a mapping belongs, a scalar may be anything, a password too. */
export function kindOfNode(node: ConfigNode): string {
  if (node.kind === 'mapping') return 'a mapping'
  if (node.kind === 'list') return 'a list'
  if (node.value === null) return 'nothing'
  return typeof node.value === 'string' ? 'a string' : `a ${typeof node.value}`
}

/** `key`: the last key of the path; its name alone can tell that the value is secret. */
export function showValue(node: ConfigNode, key: string, secret: boolean): string {
  if (node.kind !== 'scalar' || node.value === null) return kindOfNode(node)
  if (node.template !== undefined) return JSON.stringify(node.template)
  if (secret) return redacted
  if (typeof node.value !== 'string') return redactByName(key, String(node.value))
  const shown = redactByName(key, node.value)
  return JSON.stringify(shown.length > longest ? `${shown.slice(0, longest)}…` : shown)
}
