/**
 * Secrets out of text, out of environment-like names, and out of configuration values (spec SEC-9, SEC-11). Where text is
 * ambiguous it removes too much rather than too little. Every function is linear in the length of its input and never throws.
 */
import { redactUrls } from './redact-urls.ts'
import { isSecret } from './schema.ts'

/** What stands in the place of a secret. */
export const redacted = '***'

/** Names of values that are secret as a whole: globs, compared without regard to case (spec SEC-9). */
export const secretNamePatterns = ['*PASSWORD*', '*SECRET*', '*TOKEN*', '*_KEY', '*API_KEY*', '*CREDENTIAL*', '*_DSN'] as const

/**
 * Removes credentials from text: `scheme://user:pass@` becomes `scheme://***:***@`, also with `@` or `/` in the password and
 * with several hosts; the values of `password=…` and its like become `***`, quoted or not; so does what follows
 * `Authorization:` and `Bearer`.
 */
export function redactText(text: string): string {
  try {
    const withoutUrls = text.includes('://') ? redactUrls(text) : text
    return withoutUrls
      .replace(assignmentWithEquals, '$1***')
      .replace(assignmentWithColon, '$1***')
      .replace(authorization, '$1***')
      .replace(bearer, '$1***')
  } catch {
    // A regular expression ran out of stack on megabytes of hostile text.
    return redacted
  }
}

const secretWord = String.raw`(?:pass(?:word|wd|phrase)?|pwd|secret|token|credentials?|api[-_]?key|access[-_]?key|private[-_]?key)`
/** Quoted values may hold escaped or doubled quotes and may lack their end; the last form is JSON inside a JSON string. */
const quotedValue = String.raw`'[^'\\]*(?:(?:\\[^]|'')[^'\\]*)*'?|"[^"\\]*(?:(?:\\[^]|"")[^"\\]*)*"?|\\["'][^"'\\]*(?:\\["'])?`
const bareValue = String.raw`(?!["'{\s])[^\s\\]*(?:\\[^][^\s\\]*)*\\?`
/** A telling name, at most some more letters, an optional quote. */
const secretName = String.raw`${secretWord}[\w.-]{0,40}\\?["']?[^\S\n]{0,8}`
const assignmentWithEquals = new RegExp(String.raw`(${secretName}=[^\S\n]{0,8})(?:\{[^}]*\}?|${quotedValue}|${bareValue})`, 'gi')
/** After a colon only a quoted value: `invalid password: try again` is a sentence. */
const assignmentWithColon = new RegExp(String.raw`(${secretName}:\s{0,8})(?:${quotedValue})`, 'gi')
const authorization = /(authorization["']?[^\S\n]{0,8}[:=][^\S\n]{0,8}["']?(?:[a-z-]{1,20}[^\S\n]{1,8})?)[^\s"',]+/gi
const bearer = /(\bbearer[^\S\n]{1,8})[^\s"',]{8,}/gi

/** A value shown under a name, such as an environment variable: `***` when the name tells a secret (empty stays empty). */
export function redactByName(name: string, value: string): string {
  if (!isSecretName(name)) return redactText(value)
  return value === '' ? '' : redacted
}

function isSecretName(name: string): boolean {
  const upper = name.toUpperCase()
  return secretNamePatterns.some((pattern) => {
    const word = pattern.replaceAll('*', '')
    return pattern.endsWith('*') ? upper.includes(word) : upper.endsWith(word)
  })
}

/** The members of a JSON Schema that lead to further schemas. */
interface SchemaNode {
  readonly properties?: Readonly<Record<string, unknown>>
  readonly patternProperties?: Readonly<Record<string, unknown>>
  readonly additionalProperties?: unknown
  readonly items?: unknown
  readonly anyOf?: readonly unknown[]
  readonly oneOf?: readonly unknown[]
  readonly allOf?: readonly unknown[]
}

/**
 * A copy of a configuration value that may be shown: values whose schema is marked secret become `***` (empty ones stay),
 * members the schema does not know are judged by their name, all other strings pass through `redactText`.
 */
export function redactConfig(schema: unknown, value: unknown): unknown {
  return redactNode([schema], value, 0)
}

const maxDepth = 100

/** `schemas`: every schema that may describe the value, the branches of unions included. */
function redactNode(schemas: readonly unknown[], value: unknown, depth: number): unknown {
  const candidates = schemas.flatMap((schema) => branches(schema, 0))
  if (candidates.some(isSecret)) return value === '' || value === null || value === undefined ? value : redacted
  if (typeof value === 'string') return redactText(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth >= maxDepth) return redacted
  if (Array.isArray(value)) {
    const items = candidates.flatMap((node) => (node.items === undefined ? [] : [node.items].flat()))
    return value.map((item) => redactNode(items, item, depth + 1))
  }
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, redactMember(candidates, [key, member], depth + 1)]))
}

function redactMember(candidates: readonly SchemaNode[], [key, member]: readonly [string, unknown], depth: number): unknown {
  const known = candidates.flatMap((node) => memberSchemas(node, key))
  if (known.length > 0) return redactNode(known, member, depth)
  if (isSecretName(key)) return member === '' || member === null || member === undefined ? member : redacted
  return redactNode([], member, depth)
}

function memberSchemas(node: SchemaNode, key: string): readonly unknown[] {
  if (node.properties !== undefined && Object.hasOwn(node.properties, key)) return [node.properties[key]]
  const byPattern = Object.values(node.patternProperties ?? {})
  if (byPattern.length > 0) return byPattern
  return typeof node.additionalProperties === 'object' && node.additionalProperties !== null ? [node.additionalProperties] : []
}

function branches(schema: unknown, depth: number): readonly SchemaNode[] {
  if (typeof schema !== 'object' || schema === null || depth > 20) return []
  const node: SchemaNode = schema
  const further = [...(node.anyOf ?? []), ...(node.oneOf ?? []), ...(node.allOf ?? [])]
  return [node, ...further.flatMap((branch) => branches(branch, depth + 1))]
}
