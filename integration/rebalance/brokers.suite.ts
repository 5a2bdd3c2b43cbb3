/** `npm run rebalance`: the scenarios that need three brokers. */
import { afterAll, beforeAll, it } from 'vitest'
import { startKafkaCluster, type KafkaCluster } from '../services/kafka-cluster.ts'
import { expectSound, runScenario } from './run-scenario.ts'
import { brokersMove } from './scenarios/brokers.ts'

let cluster: KafkaCluster

beforeAll(async () => {
  cluster = await startKafkaCluster(3)
})
afterAll(() => cluster[Symbol.asyncDispose]())

it('brokers move', { timeout: 15 * 60_000 }, async () => {
  const scenario = brokersMove(cluster)
  expectSound(scenario, await runScenario(scenario, cluster.url))
})
