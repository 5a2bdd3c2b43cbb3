/**
 * Which package provides a sink type when several offer it (spec REG-8). Pure: candidates in, one plan per type out.
 */
import { candidateLabel, preferSetting, sinkOrigins, type SinkCandidate } from './sink-candidate.ts'

/** `plugins.prefer` of the configuration: sink type → package name. */
export type PreferredPackages = Readonly<Record<string, string>>

export interface PlannedSink {
  readonly winner: SinkCandidate
  /** What the winner replaces, strongest first. Empty while the conflict is unsettled. */
  readonly overrides: readonly SinkCandidate[]
  /** Why no candidate may be used: for people, naming all packages concerned. Null when the winner is settled. */
  readonly conflict: string | null
}

/**
 * Precedence: registered in code > the package preferred by the configuration > the application's own manifest > third
 * party > `@drakkar/*`. Two packages of one rank are a conflict unless one is preferred. Of several registrations the
 * last wins. A preference for a package that does not offer the type is a conflict too. A manifest entry that cannot be
 * loaded stands behind the others of its rank and is in conflict with none: it harms nobody who does not use it (spec REG-7).
 */
export function planSinks(candidates: readonly SinkCandidate[], prefer: PreferredPackages): ReadonlyMap<string, PlannedSink> {
  const byType = new Map<string, SinkCandidate[]>()
  for (const candidate of candidates) {
    const sameType = byType.get(candidate.type)
    if (sameType === undefined) byType.set(candidate.type, [candidate])
    else sameType.push(candidate)
  }
  const types = [...byType.keys()].sort()
  return new Map(types.map((type) => [type, planType(byType.get(type) ?? [], preferredFor(type, prefer))]))
}

function planType(candidates: readonly SinkCandidate[], preferred: string | undefined): PlannedSink {
  const ranked = rank(candidates, preferred)
  const [winner, runnerUp] = ranked
  if (winner === undefined) throw new RangeError('planType needs a candidate')
  if (winner.origin === 'registered') return { winner, overrides: replacedBy(winner, ranked), conflict: null }
  if (preferred !== undefined) {
    if (winner.packageName === preferred) return { winner, overrides: replacedBy(winner, ranked), conflict: null }
    return { winner, overrides: [], conflict: unknownPreference(winner.type, preferred, ranked) }
  }
  if (runnerUp?.origin !== winner.origin || !isLoadable(runnerUp)) return { winner, overrides: replacedBy(winner, ranked), conflict: null }
  return { winner, overrides: [], conflict: tie(winner, ranked) }
}

/** Strongest first; ties by package name, so that the result does not depend on the order of discovery. */
function rank(candidates: readonly SinkCandidate[], preferred: string | undefined): readonly SinkCandidate[] {
  const registered = candidates.filter((candidate) => candidate.origin === 'registered').reverse()
  const fromManifests = candidates.filter((candidate) => candidate.origin !== 'registered')
  const weight = (candidate: SinkCandidate) => (candidate.packageName === preferred ? -1 : sinkOrigins.indexOf(candidate.origin))
  const broken = (candidate: SinkCandidate) => (isLoadable(candidate) ? 0 : 1)
  fromManifests.sort((a, b) => weight(a) - weight(b) || broken(a) - broken(b) || (a.packageName < b.packageName ? -1 : 1))
  return [...registered, ...fromManifests]
}

function isLoadable(candidate: SinkCandidate): boolean {
  return candidate.source.kind !== 'invalid'
}

/** What cannot be loaded is no sink that could be replaced. */
function replacedBy(winner: SinkCandidate, ranked: readonly SinkCandidate[]): readonly SinkCandidate[] {
  return ranked.filter((candidate) => candidate !== winner && isLoadable(candidate))
}

function tie(winner: SinkCandidate, ranked: readonly SinkCandidate[]): string {
  const tied = ranked.filter((candidate) => candidate.origin === winner.origin && isLoadable(candidate))
  const labels = tied.map(candidateLabel).join(' and ')
  return `the sink type "${winner.type}" is offered by ${labels}; choose one with ${preferSetting(winner)}`
}

function unknownPreference(type: string, preferred: string, ranked: readonly SinkCandidate[]): string {
  return `plugins.prefer.${type} names ${preferred}, which offers no sink type "${type}"; it is offered by ${ranked.map(candidateLabel).join(', ')}`
}

function preferredFor(type: string, prefer: PreferredPackages): string | undefined {
  return Object.hasOwn(prefer, type) ? prefer[type] : undefined
}
