/** Fault F06: three brokers; the group's coordinator and the leaders of its partitions go to other brokers, and come back. */
import kafkajs from 'kafkajs'
import type { KafkaCluster } from '../../services/kafka-cluster.ts'
import type { ServiceHandle } from '../../services/service.ts'
import type { Lab } from '../lab/lab.ts'
import type { LabWorker } from '../lab/lab-worker.ts'
import type { Scenario } from '../scenario.ts'
import { startPair } from './group.ts'

/** Long enough for the workers to find the broker that is back. */
const watchMs = 15_000

export function brokersMove(cluster: KafkaCluster): Scenario {
  return {
    name: 'brokers move',
    fault: 'F06',
    lab: { backlog: 300 },
    costs: {
      'coordinator stopped': 'graceful',
      'and back': 'graceful',
      'coordinator killed': 'kill',
      'join meanwhile': 'graceful',
      'all back': 'graceful',
    },
    async play(lab) {
      await startPair(lab)
      const third = lab.start('w3', { parked: true })
      const first = await coordinatorOf(lab, cluster)
      await lab.event('coordinator stopped', () => first.stop(), { watchMs })
      if ((await coordinatorOf(lab, cluster)) === first) lab.doubts.push('the coordinator did not move')
      await lab.event('and back', () => first.start(), { watchMs })
      const second = await coordinatorOf(lab, cluster)
      await lab.event('coordinator killed', () => second.kill(), { watchMs })
      await lab.event('join meanwhile', () => joinNow(lab, third), { watchMs: 8000 })
      await lab.event('all back', () => second.start(), { watchMs })
      return lab.finish(240_000)
    },
    inconclusive: () => null,
  }
}

async function joinNow(lab: Lab, third: LabWorker): Promise<void> {
  third.signal('SIGUSR2')
  await lab.untilShared(['w1', 'w2', third.name])
}

async function coordinatorOf(lab: Lab, cluster: KafkaCluster): Promise<ServiceHandle> {
  const admin = new kafkajs.Kafka({ brokers: lab.brokers.split(','), logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: ['__consumer_offsets'] })
    const leader = topics[0]?.partitions[0]?.leader ?? -1
    const broker = cluster.brokers.get(leader)
    if (broker === undefined) throw new Error(`the coordinator is broker ${leader}, which is not one of the cluster`)
    return broker
  } finally {
    await admin.disconnect()
  }
}
