/**
 * Runs a sink through the numbered rules of the contract (`docs/specs/sink.md`), with whatever test runner the author has.
 */
import { abortCases } from './abort.ts'
import { CaseRun, CaseSkipped } from './case-run.ts'
import type { ConformanceCase } from './conformance-case.ts'
import { definitionCases } from './definition.ts'
import { deliveryCases } from './delivery.ts'
import { failureCases } from './failure.ts'
import { lifecycleCases } from './lifecycle.ts'
import { lossyCases } from './lossy.ts'
import { redeliveryCases } from './redelivery.ts'
import { sinkRules } from './rules.ts'
import { servingCases } from './serving.ts'
import type { CaseOutcome, ConformanceIt, SinkConformanceOptions } from './types.ts'
import { lineCases } from './line.ts'
import { wireCases } from './wire.ts'

/** Every case, one per rule, in the order of the rules. */
export const conformanceCases: readonly ConformanceCase[] = [
  ...definitionCases,
  ...lifecycleCases,
  ...deliveryCases,
  ...failureCases,
  ...abortCases,
  ...redeliveryCases,
  ...wireCases,
  ...lineCases,
  ...servingCases,
  ...lossyCases,
]

/**
 * Registers one test per rule with the runner's `it` (vitest or `node:test`). Titles begin with the rule's number. A rule that
 * cannot be tested with the options given is skipped, with the reason in the report.
 */
export function sinkConformance<T>(it: ConformanceIt, options: SinkConformanceOptions<T>): void {
  for (const conformanceCase of conformanceCases) {
    it(`${conformanceCase.rule} ${sinkRules[conformanceCase.rule]}`, async (test) => {
      const outcome = await runConformanceCase(conformanceCase, options)
      if (outcome.status === 'skipped') test.skip(outcome.reason)
    })
  }
}

/** Runs one case on one sink. Rejects when the sink breaks the rule. */
export async function runConformanceCase<T>({ rule, run }: ConformanceCase, options: SinkConformanceOptions<T>): Promise<CaseOutcome> {
  const reason = options.skip?.[rule]
  if (reason !== undefined) return { status: 'skipped', reason }
  const caseRun = await CaseRun.start(options)
  try {
    await run(caseRun)
    return { status: 'passed' }
  } catch (error) {
    if (error instanceof CaseSkipped) return { status: 'skipped', reason: error.message }
    throw error
  } finally {
    await caseRun.dispose()
  }
}
