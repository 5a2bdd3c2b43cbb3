/** `--where=<json path>=<value>`: a condition on the dead letter, or on its payloads. Pure. */
import type { AnyDeadLetterRecord } from '../dlq/read-dead-letter.ts'
import { parsePath, valuesAt, type PathStep } from './json-path.ts'

export interface WhereCondition {
  /** `payload`: the path is one into each of `original_payloads`, and one of them has to fulfil it. */
  readonly of: 'record' | 'payload'
  readonly steps: readonly PathStep[]
  /** Strings are compared as they are, everything else as JSON text. */
  readonly value: string
}

export type ParsedWhere = { readonly ok: true; readonly condition: WhereCondition } | { readonly ok: false; readonly reason: string }

/** `payload.` in front means the payloads; every other path is one into the dead letter itself. */
export function parseWhere(text: string): ParsedWhere {
  const equals = equalsSign(text)
  if (equals < 0) return { ok: false, reason: 'it must be PATH=VALUE' }
  const path = parsePath(text.slice(0, equals).trim())
  if (!path.ok) return path
  const value = text.slice(equals + 1)
  const [first, ...rest] = path.steps
  const condition: WhereCondition = first === 'payload' ? { of: 'payload', steps: rest, value } : { of: 'record', steps: path.steps, value }
  return { ok: true, condition }
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

export function fulfils(record: AnyDeadLetterRecord, { of, steps, value }: WhereCondition): boolean {
  const roots = of === 'record' ? [record] : record.original_payloads.flatMap(jsonOf)
  return roots.some((root) => valuesAt(root, steps).some((found) => isSame(found, value)))
}

/** A payload that is not JSON has no members. */
function jsonOf(payload: string): readonly unknown[] {
  try {
    return [JSON.parse(payload)]
  } catch {
    return []
  }
}

function isSame(found: unknown, value: string): boolean {
  return typeof found === 'string' ? found === value : JSON.stringify(found) === value
}
