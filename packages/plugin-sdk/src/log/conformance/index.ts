/**
 * The conformance suite of the `MessageLog` port: `logConformance(it, options)` registers one case per rule. It needs
 * nothing but the runner's `it` and `node:assert`.
 */
import { adminRules } from './admin-rules.ts'
import { brokerRules } from './broker-rules.ts'
import { commitRules } from './commit-rules.ts'
import { groupRules } from './group-rules.ts'
import { handOverRules } from './hand-over-rules.ts'
import { Kit } from './kit.ts'
import { lifecycleRules } from './lifecycle-rules.ts'
import { offsetRules } from './offset-rules.ts'
import { pauseRules } from './pause-rules.ts'
import { readRules } from './read-rules.ts'
import { recordRules } from './record-rules.ts'
import type { ConformanceIt, LogConformanceOptions, Rule } from './rule.ts'
import { withDeadline } from './wait-until.ts'

export { CollectingListener, collectingListener, textOf } from './collecting-listener.ts'
export type { CollectedRecord, CollectingListenerOptions, ListenerEvent } from './collecting-listener.ts'
export { waitUntil } from './wait-until.ts'
export type { WaitOptions } from './wait-until.ts'
export type { Codec, ConformanceIt, LogConformanceOptions } from './rule.ts'

const rules: readonly Rule[] = [
  ...recordRules,
  ...commitRules,
  ...pauseRules,
  ...groupRules,
  ...handOverRules,
  ...offsetRules,
  ...readRules,
  ...adminRules,
  ...lifecycleRules,
  ...brokerRules,
]

/** Registers every rule with `it`; rules that do not apply are registered as skipped, with the reason in the title. */
export function logConformance(it: ConformanceIt, options: LogConformanceOptions): void {
  for (const rule of rules) {
    const title = `${rule.id} ${rule.title}`
    const reason = options.skip?.[rule.id] ?? rule.needs?.(options) ?? null
    // The runner's limit comes after the suite's own deadline, which says what was waited for.
    const timeoutMs = (options.deadlineMs ?? 15_000) * 4
    if (reason === null) it(title, () => runRule(rule, options), timeoutMs)
    else it.skip(`${title} (left out: ${reason})`, () => runRule(rule, options))
  }
}

async function runRule(rule: Rule, options: LogConformanceOptions): Promise<void> {
  const kit = new Kit(await options.open(), options)
  const deadlineMs = kit.deadlineMs * 2
  try {
    await withDeadline(rule.run(kit), { what: `${rule.id} to end`, deadlineMs })
  } finally {
    await withDeadline(kit.close(), { what: `the logs of ${rule.id} to close`, deadlineMs: kit.deadlineMs })
  }
}
