/** Which strings of a configuration are secrets, and which texts a sink lets others read. */
import { isSecret } from '../schema.ts'

/** Shorter ones would be found by accident. */
const shortestSecret = 4

/** Values under properties marked secret, and passwords inside URLs. */
export function configSecrets(schema: unknown, config: unknown): readonly string[] {
  return secretStrings(schema, config).filter((secret) => secret.length >= shortestSecret)
}

function secretStrings(schema: unknown, value: unknown): readonly string[] {
  if (typeof value === 'string') return isSecret(schema) ? [value] : urlPasswords(value)
  if (Array.isArray(value)) return value.flatMap((item) => secretStrings(member(schema, 'items'), item))
  if (typeof value !== 'object' || value === null) return []
  const properties = member(schema, 'properties')
  return Object.entries(value).flatMap(([key, part]) => secretStrings(member(properties, key), part))
}

function urlPasswords(text: string): readonly string[] {
  return [...text.matchAll(/:\/\/[^:@/\s]*:(\S+)@/g)].flatMap((match) => match[1] ?? [])
}

function member(holder: unknown, key: string): unknown {
  return typeof holder === 'object' && holder !== null ? Reflect.get(holder, key) : undefined
}

/** Every string inside a value; of an error its message, not its causes, which are for the debugger. */
export function spokenTexts(value: unknown, depth = 0): readonly string[] {
  if (typeof value === 'string') return [value]
  if (value instanceof Error) return [value.message]
  if (typeof value !== 'object' || value === null || depth > 8) return []
  return Object.values(value).flatMap((part) => spokenTexts(part, depth + 1))
}
