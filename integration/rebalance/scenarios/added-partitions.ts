/** Fault F11: the topic gets more partitions while the group works. */
import kafkajs from 'kafkajs'
import type { Lab } from '../lab/lab.ts'
import type { Scenario } from '../scenario.ts'
import { startPair, unmoved } from './group.ts'

const before = 24
const after = 36

export const addedPartitions: Scenario = {
  name: 'added partitions',
  fault: 'F11',
  lab: { partitions: before },
  costs: { 'partitions added': 'graceful' },
  async play(lab) {
    await startPair(lab)
    await lab.event('partitions added', () => addPartitions(lab))
    return lab.finish()
  },
  inconclusive: (played) => unmoved(played),
}

async function addPartitions(lab: Lab): Promise<void> {
  const admin = new kafkajs.Kafka({ brokers: lab.brokers.split(','), logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  await admin.createPartitions({ topicPartitions: [{ topic: lab.topic, count: after }] })
  await admin.disconnect()
  lab.partitions = after
  lab.feeder.partitions = after
  await lab.untilShared(['w1', 'w2'], 6 * 60_000)
}
