/** What became of the messages of a phase at one sink instance, and its line in the table. */
import { recordFigures } from './figures.ts'
import { judge, type LedgerEntry, type Observed, type Verdict } from './ledger.ts'
import type { Rig } from './rig.ts'
import type { TargetInstance } from './target.ts'

export interface PhaseOutcome {
  readonly instance: TargetInstance
  readonly entries: readonly LedgerEntry[]
  readonly observed: Observed
  readonly verdict: Verdict
}

export async function judgePhase(rig: Rig, instance: TargetInstance, phase: string): Promise<PhaseOutcome> {
  const observed = await rig.observe(instance, phase)
  const entries = rig.source.entriesOf(phase)
  return { instance, entries, observed, verdict: judge(entries, observed) }
}

export function recordOutcome(
  rig: Rig,
  { entries, observed, verdict }: PhaseOutcome,
  facts: { readonly scenario: string; readonly hits: number; readonly seconds: number },
): void {
  recordFigures({
    scenario: facts.scenario,
    messages: entries.length,
    hits: facts.hits,
    delivered: new Set(observed.delivered).size,
    dead: new Set(observed.dead).size,
    spooled: new Set(observed.spooled).size,
    skipped: new Set(observed.skipped).size,
    missing: verdict.missing.length,
    duplicates: verdict.duplicates,
    max_held: rig.worker.maxHeld,
    max_rss_mb: Math.round(rig.worker.maxRss / 2 ** 20),
    seconds: Math.round(facts.seconds * 10) / 10,
  })
}
