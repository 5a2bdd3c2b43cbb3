/** `--where=<json path>=<value>`: a condition on the dead letter, or on its payloads. Pure. */
import type { AnyDeadLetterRecord } from '../dlq/read-dead-letter.ts'
import { parsePath, valuesAt, type PathStep } from './json-path.ts'

export interface WhereCondition {
  /** `payload`: the path is one into each of `original_payloads`, and one of them has to fulfil it. */
  readonly of: 'record' | 'payload'
  /** Of `payload[0]`: into this payload alone. Null: into each of them. */
  readonly payloadIndex: number | null
  /** As it was given. */
  readonly path: string
  readonly steps: readonly PathStep[]
  /** Strings are compared as they are, numbers by their value, everything else as JSON. */
  readonly value: string
}

export type ParsedWhere = { readonly ok: true; readonly condition: WhereCondition } | { readonly ok: false; readonly reason: string }

/** `payload.` in front means the payloads; every other path is one into the dead letter itself. */
export function parseWhere(text: string): ParsedWhere {
  const equals = equalsSign(text)
  if (equals < 0) return { ok: false, reason: 'it must be PATH=VALUE' }
  const path = text.slice(0, equals).trim()
  const parsed = parsePath(path)
  if (!parsed.ok) return parsed
  const value = text.slice(equals + 1)
  const [first, ...rest] = parsed.steps
  if (first !== 'payload') return { ok: true, condition: { of: 'record', payloadIndex: null, path, steps: parsed.steps, value } }
  const [index] = rest
  const isIndex = typeof index === 'number'
  const steps = isIndex ? rest.slice(1) : rest
  return { ok: true, condition: { of: 'payload', payloadIndex: isIndex ? index : null, path, steps, value } }
}

/** The first `=` outside of quotes. */
function equalsSign(text: string): number {
  let quoted = false
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === '"' && text[index - 1] !== '\\') quoted = !quoted
    if (text[index] === '=' && !quoted) return index
  }
  return -1
}

export function fulfils(record: AnyDeadLetterRecord, condition: WhereCondition): boolean {
  const isSame = equalTo(condition.value)
  return rootsOf(record, condition).some(({ root, text }) => valuesAt(root, condition.steps).some((found) => isSame(found, text)))
}

/** Whether there is anything at the path, whatever its value. */
export function leadsSomewhere(record: AnyDeadLetterRecord, condition: WhereCondition): boolean {
  return rootsOf(record, condition).some(({ root }) => valuesAt(root, condition.steps).length > 0)
}

interface Root {
  readonly root: unknown
  /** Null: the record itself, whose numbers are small. */
  readonly text: string | null
}

function rootsOf(record: AnyDeadLetterRecord, { of, payloadIndex }: WhereCondition): readonly Root[] {
  if (of === 'record') return [{ root: record, text: null }]
  const { original_payloads: payloads } = record
  return (payloadIndex === null ? payloads : payloads.slice(payloadIndex, payloadIndex + 1)).flatMap(jsonOf)
}

/** A payload that is not JSON has no members. */
function jsonOf(text: string): readonly Root[] {
  try {
    return [{ root: JSON.parse(text), text }]
  } catch {
    return []
  }
}

function equalTo(value: string): (found: unknown, text: string | null) => boolean {
  const json = parsedOrNothing(value)
  const canonical = json === undefined ? value : JSON.stringify(json)
  return (found, text) => {
    if (typeof found === 'string') return found === value
    if (typeof found !== 'number') return JSON.stringify(found) === canonical
    if (found !== json) return false
    // Parsing has rounded numbers as large as this: the digits themselves have to be there.
    return Math.abs(found) <= Number.MAX_SAFE_INTEGER || text === null || text.includes(value.trim())
  }
}

function parsedOrNothing(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
