/**
 * The load of the scenario (spec INT-2, INT-7): requests in phases, a few of them slow, a few that nobody can read. Everything follows from
 * the number of the request, so that a run can be judged by numbers alone.
 */
import { matchesIn, paths, patterns } from './corpus.ts'

export interface SearchRequest {
  readonly request_id: string
  readonly patterns: readonly string[]
  readonly paths: readonly string[]
  readonly slow_seconds?: number
}

export interface Phase {
  readonly name: 'slow drip' | 'steady' | 'silence' | 'burst' | 'flood'
  readonly requests: number
  /** Pause between two requests; 0: all at once. */
  readonly everyMs: number
  /** Pause after the phase. */
  readonly restMs: number
}

export const phases: readonly Phase[] = [
  { name: 'slow drip', requests: 15, everyMs: 200, restMs: 0 },
  { name: 'steady', requests: 200, everyMs: 25, restMs: 0 },
  { name: 'silence', requests: 0, everyMs: 0, restMs: 2000 },
  { name: 'burst', requests: 150, everyMs: 0, restMs: 1000 },
  { name: 'flood', requests: 600, everyMs: 0, restMs: 0 },
]

export const requestCount = phases.reduce((sum, phase) => sum + phase.requests, 0)

/** Every 97th message is no request. */
export function isUnreadable(n: number): boolean {
  return n % 97 === 50
}

export function messageOf(n: number): string {
  return isUnreadable(n) ? `{"request_id": ${n}, cut off` : JSON.stringify(requestOf(n))
}

/** 1 to 3 patterns in 1 or 2 files; 3 in 100 are slow. Two requests in a row of a partition ask for the same. */
export function requestOf(n: number): SearchRequest {
  const twin = Math.floor(n / 50) % 2 === 1 ? n - 50 : n
  const pick = <T>(list: readonly T[], count: number, step: number): readonly T[] =>
    Array.from({ length: count }, (_, index) => list[(twin * step + index * 3) % list.length]).flatMap((one) => one ?? [])
  return {
    request_id: `r-${n}`,
    patterns: pick(patterns, 1 + (twin % 3), 7),
    paths: pick(paths, 1 + (twin % 2), 5),
    ...(n % 33 === 0 && { slow_seconds: 0.4 }),
  }
}

export interface Search {
  readonly pattern: string
  readonly path: string
}

export function searchesOf(request: SearchRequest): readonly Search[] {
  return request.patterns.flatMap((pattern) => request.paths.map((path) => ({ pattern, path })))
}

/** Matching lines of all searches of the request. */
export function totalOf(request: SearchRequest): number {
  return searchesOf(request).reduce((sum, { pattern, path }) => sum + matchesIn(pattern, path), 0)
}
