/**
 * Turns what `deliver` resolved with into exactly one answer per payload (spec NMF-1…7). A wrong set never stalls and never
 * acknowledges: payloads without one valid answer count as failed.
 */
import { SinkContractError, SinkError } from './errors.ts'
import type { SinkResponse } from './response.ts'

export interface ValidatedResponses {
  /** One answer for every id that was asked for, in that order. */
  readonly responses: ReadonlyMap<string, SinkResponse>
  /** What was wrong with the set; null when nothing was. */
  readonly violation: SinkContractError | null
}

/**
 * `ids`: the payloads of the batch, each once. `result`: what `deliver` resolved with; undefined means that all arrived,
 * anything else that is not an array of responses answers nothing. An id that is answered twice has no valid answer. Ids
 * without a valid answer get a permanent failure with code `DRK_SINK_CONTRACT`. Never throws.
 */
export function validateResponses(ids: readonly string[], result: unknown): ValidatedResponses {
  if (result === undefined) return { responses: new Map(ids.map((id) => [id, { id, status: 'ok' }])), violation: null }
  const found = Array.isArray(result) ? sortAnswers(new Set(ids), result) : emptyFindings()
  const missing = ids.filter((id) => !found.valid.has(id) && !found.duplicate.has(id) && !found.invalid.has(id))
  const violation = toViolation({ ...found, missing: new Set(missing), notAList: !Array.isArray(result) })
  return { responses: new Map(ids.map((id) => [id, found.valid.get(id) ?? unanswered(id)])), violation }
}

interface Findings {
  readonly valid: Map<string, SinkResponse>
  readonly duplicate: Set<string>
  readonly unknown: Set<string>
  readonly invalid: Set<string>
}

function emptyFindings(): Findings {
  return { valid: new Map(), duplicate: new Set(), unknown: new Set(), invalid: new Set() }
}

function sortAnswers(asked: ReadonlySet<string>, answers: readonly unknown[]): Findings {
  const found = emptyFindings()
  const seen = new Set<string>()
  for (const answer of answers) {
    const id = readId(answer)
    if (id === undefined || !asked.has(id)) {
      found.unknown.add(id ?? '(no id)')
      continue
    }
    if (seen.has(id)) {
      found.duplicate.add(id)
      found.valid.delete(id)
    } else if (isValid(answer)) {
      found.valid.set(id, answer)
    } else {
      found.invalid.add(id)
    }
    seen.add(id)
  }
  return found
}

function readId(answer: unknown): string | undefined {
  const id = readField(answer, 'id')
  return typeof id === 'string' ? id : undefined
}

function isValid(answer: unknown): answer is SinkResponse {
  switch (readField(answer, 'status')) {
    case 'ok':
    case 'on_success':
      return true
    case 'failure':
      return isReason(readField(answer, 'error'))
    case 'fallback':
      return isOptionalText(readField(answer, 'error'))
    case 'serve':
      return readField(answer, 'body') instanceof Uint8Array
    case 'skip':
      return isOptionalText(readField(answer, 'reason'))
    default:
      return false
  }
}

function isReason(error: unknown): boolean {
  return SinkError.isInstance(error) || (typeof error === 'string' && error.trim() !== '')
}

function isOptionalText(value: unknown): boolean {
  return value === undefined || typeof value === 'string'
}

/** Undefined also when reading throws: an answer may be any object a sink made up. */
function readField(answer: unknown, field: string): unknown {
  if (typeof answer !== 'object' || answer === null) return undefined
  try {
    return Reflect.get(answer, field)
  } catch {
    return undefined
  }
}

function unanswered(id: string): SinkResponse {
  const message = 'The sink gave no valid answer for this payload'
  return { id, status: 'failure', error: new SinkError({ kind: 'permanent', code: 'DRK_SINK_CONTRACT', message }) }
}

/** Most ids of one kind that the message spells out; `ids` of the error holds all of them. */
const shownIds = 20

function toViolation(found: Omit<Findings, 'valid'> & { missing: Set<string>; notAList: boolean }): SinkContractError | null {
  const kinds = [
    ['no answer for', found.missing],
    ['more than one answer for', found.duplicate],
    ['an answer for unknown', found.unknown],
    ['an invalid answer for', found.invalid],
  ] as const
  const parts = kinds.filter(([, ids]) => ids.size > 0).map(([what, ids]) => `${what} ${listIds([...ids])}`)
  if (found.notAList) parts.unshift('not an array of responses')
  if (parts.length === 0) return null
  const ids = [...new Set(kinds.flatMap(([, some]) => [...some]))]
  return new SinkContractError({ message: `The sink answered a batch wrongly: ${parts.join('; ')}`, ids })
}

function listIds(ids: readonly string[]): string {
  const more = ids.length > shownIds ? ` and ${ids.length - shownIds} more` : ''
  return `${ids.slice(0, shownIds).join(', ')}${more}`
}
