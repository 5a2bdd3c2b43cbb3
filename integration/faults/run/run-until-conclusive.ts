/** Runs a scenario with one seed after another until the fault has bitten, or it is clear that it will not. */
import type { ServiceHandle } from '../../services/service.ts'
import type { FaultScenario, Tier } from '../contract.ts'
import type { RunResult } from '../judge/figures.ts'
import { BrokerControl } from '../stage/broker-control.ts'
import { missingNeed } from './missing-need.ts'
import { recordResult } from './results.ts'
import { runScenario } from './run-scenario.ts'
import { versions } from './versions.ts'

const maxTries = 3

export interface ScenarioRequest {
  readonly scenario: FaultScenario
  readonly tier: Tier
  readonly seed: number
  readonly broker: ServiceHandle
}

/** The last result; all are recorded. Null when the scenario is not part of the tier. */
export async function runUntilConclusive({ scenario, tier, seed, broker }: ScenarioRequest): Promise<RunResult | null> {
  const load = scenario.tiers[tier]
  if (load === undefined) return null
  const reason = missingNeed(scenario, broker)
  if (reason !== null) return record(leftOut({ scenario, tier, seed }, reason))
  const control = new BrokerControl(broker)
  for (let round = 0; ; round += 1) {
    const result = record(await runScenario({ scenario, tier, load, seed: seed + round, broker: control }))
    if (result.verdict !== 'inconclusive' || round + 1 >= maxTries) return result
  }
}

function record(result: RunResult): RunResult {
  recordResult(result)
  return result
}

function leftOut({ scenario, tier, seed }: Omit<ScenarioRequest, 'broker'>, reason: string): RunResult {
  const { id, name, fault, invariant } = scenario
  const at = new Date().toISOString()
  return { id, name, fault, invariant, tier, seed, verdict: 'left_out', findings: [reason], figures: null, at, versions: versions() }
}
