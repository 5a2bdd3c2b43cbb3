/** Offsets with holes in them: aborted and committed transactions, and a compacted topic. */
import type { Lab } from '../lab/lab.ts'
import type { Scenario } from '../scenario.ts'
import { compactedTopic, offsetsIn, transactionalTopic } from './gap-topics.ts'
import { join, startPair, unmoved } from './group.ts'

const partitions = 12
const tasks = { minMs: 200, maxMs: 400, perPartition: 1 } as const

export const transactions: Scenario = {
  name: 'transactions',
  lab: { partitions, tasks, prepareTopic: (topic, brokers) => transactionalTopic(topic, { brokers: brokers.split(','), partitions }) },
  costs: { join: 'graceful', leave: 'graceful' },
  play: (lab) => playOver(lab),
  inconclusive: (played) => unmoved(played),
}

export const compaction: Scenario = {
  name: 'compaction',
  lab: { partitions, tasks, prepareTopic: (topic, brokers) => compactedTopic(topic, { brokers: brokers.split(','), partitions }) },
  costs: { join: 'graceful', leave: 'graceful' },
  play: (lab) => playOver(lab),
  inconclusive: (played) => unmoved(played),
}

/** Everything is in the topic already; the expected messages are those a reader without a group finds there. */
async function playOver(lab: Lab) {
  const expected = await offsetsIn(lab.topic, lab.brokers)
  const ends = await lab.feeder.ends()
  const holes = [...ends.values()].reduce((sum, { start, end }) => sum + end - start, 0) - expected.length
  if (holes < partitions) lab.doubts.push(`only ${holes} holes in the offsets`)
  await startPair(lab)
  await lab.event('join', () => join(lab, 'w3'), { quietMs: 3000, watchMs: 3000 })
  await lab.event(
    'leave',
    async () => {
      lab.worker('w3').signal('SIGTERM')
      await lab.untilShared(['w1', 'w2'])
    },
    { quietMs: 1000, watchMs: 3000 },
  )
  const truth = await lab.finish()
  if (!lab.lines.some(({ kind, worker }) => kind === 'start' && worker === 'w3')) lab.doubts.push('nothing was left for w3')
  return { ...truth, expected }
}
