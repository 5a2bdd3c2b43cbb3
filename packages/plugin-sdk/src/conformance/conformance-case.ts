/** A case: one rule and how to test it on any sink. */
import { isDeepStrictEqual } from 'node:util'
import assert from 'node:assert/strict'
import type { CaseRun } from './case-run.ts'
import type { SinkRule } from './rules.ts'

export interface ConformanceCase {
  readonly rule: SinkRule
  /** Throws when the sink breaks the rule. */
  readonly run: <T>(run: CaseRun<T>) => Promise<void>
}

/** The same payloads, each as often, in any order. */
export function assertSamePayloads(actual: readonly unknown[], expected: readonly unknown[], message: string): void {
  const left = [...actual]
  const missing = expected.filter((payload) => {
    const found = left.findIndex((other) => isDeepStrictEqual(plain(other), plain(payload)))
    if (found !== -1) left.splice(found, 1)
    return found === -1
  })
  assert.deepEqual({ missing, unexpected: left }, { missing: [], unexpected: [] }, message)
}

export function assertSameOrder(actual: readonly unknown[], expected: readonly unknown[], message: string): void {
  assert.deepEqual(actual.map(plain), expected.map(plain), message)
}

export function contains(payloads: readonly unknown[], payload: unknown): boolean {
  return payloads.some((other) => isDeepStrictEqual(plain(other), plain(payload)))
}

/** Without prototypes and undefined members, which a target does not keep. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Uint8Array) return [...value]
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([key, member]) => [key, plain(member)]),
  )
}
