/** The scenarios of a group as tests: one broker for all, the tier `ci`. */
import { randomInt } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ServiceHandle } from '../../services/service.ts'
import { startService } from '../../services/start-service.ts'
import type { FaultScenario, Group } from '../contract.ts'
import { describeResult } from '../run/describe-result.ts'
import { forgetResults } from '../run/results.ts'
import { runUntilConclusive } from '../run/run-until-conclusive.ts'

const scenarioTimeoutMs = 5 * 60_000

export function expectGroupHolds(group: Group, all: readonly FaultScenario[]): void {
  const scenarios = all.filter((scenario) => scenario.group === group && scenario.tiers.ci !== undefined)

  describe(`faults: ${group}`, () => {
    let broker: ServiceHandle

    beforeAll(async () => {
      broker = await startService('kafka')
    })

    afterAll(async () => {
      await broker?.dispose()
    })

    it.each(scenarios)(
      '$id $name: $invariant',
      async (scenario) => {
        forgetResults({ ...scenario, tier: 'ci' })
        const result = await runUntilConclusive({ scenario, tier: 'ci', seed: randomInt(1, 1_000_000), broker })
        if (result === null) return
        const text = describeResult(result)
        process.stderr.write(`${text}\n`)
        expect(['held', 'left_out'], text).toContain(result.verdict)
      },
      scenarioTimeoutMs,
    )
  })
}
