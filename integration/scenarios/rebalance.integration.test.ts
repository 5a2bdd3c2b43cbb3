/**
 * Rebalancing and fault F08, the part that runs with every change: a third worker joins, goes politely, joins again, is
 * killed, and another one is frozen for longer than its session. `npm run rebalance` plays the others, and prints times as well.
 */
import { afterAll, beforeAll, it } from 'vitest'
import { expectSound, runScenario } from '../rebalance/run-scenario.ts'
import { membership } from '../rebalance/scenarios/membership.ts'
import type { ServiceHandle } from '../services/service.ts'
import { startService } from '../services/start-service.ts'

let kafka: ServiceHandle

beforeAll(async () => {
  kafka = await startService('kafka')
})
afterAll(() => kafka.dispose())

it('nothing runs twice at a join or a leave, and a kill costs what was in flight', { timeout: 15 * 60_000 }, async () => {
  expectSound(membership, await runScenario(membership, kafka.url))
})
