/** `npm run rebalance`: all scenarios against real brokers, one after the other. */
import { afterAll, beforeAll, it } from 'vitest'
import type { ServiceHandle } from '../services/service.ts'
import { startService } from '../services/start-service.ts'
import { expectSound, runScenario } from './run-scenario.ts'
import { addedPartitions } from './scenarios/added-partitions.ts'
import { backpressure } from './scenarios/backpressure.ts'
import { joinerDies, leaderDies, longTasks, ownerDies } from './scenarios/drain.ts'
import { compaction, transactions } from './scenarios/gaps.ts'
import { membership } from './scenarios/membership.ts'
import { restart, staticRestart } from './scenarios/restart.ts'
import { storm } from './scenarios/storm.ts'
import { upgrade } from './scenarios/upgrade.ts'
import type { Scenario } from './scenario.ts'

const scenarios: readonly Scenario[] = [
  membership,
  restart,
  staticRestart,
  storm,
  longTasks,
  ownerDies,
  leaderDies,
  joinerDies,
  backpressure,
  transactions,
  compaction,
  upgrade,
  addedPartitions,
]
let kafka: ServiceHandle

beforeAll(async () => {
  kafka = await startService('kafka', { settings: { 'log.cleaner.backoff.ms': '200' } })
})
afterAll(() => kafka.dispose())

it.for(scenarios)('$name', { timeout: 15 * 60_000 }, async (scenario) => {
  expectSound(scenario, await runScenario(scenario, kafka.url))
})
