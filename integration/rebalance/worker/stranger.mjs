/**
 * A member of another kind: kafkajs as it ships, round robin, one message after the other per partition. It keeps the same ledger,
 * so that the judge sees a group of both kinds.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { endWithParent } from './end-with-parent.mjs'
import { LedgerFile } from './ledger-file.mjs'

endWithParent()
const { name, ledgerFile, config, tasks } = JSON.parse(process.argv[2])
const { brokers, source_topic: topic, consumer_group: group, session_timeout_ms: sessionTimeout } = config.kafka
const ledger = new LedgerFile(ledgerFile)
const kafka = new kafkajs.Kafka({ clientId: name, brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING })
const consumer = kafka.consumer({ groupId: group, sessionTimeout, heartbeatInterval: 400, maxWaitTimeInMs: 250 })

let owned = []
consumer.on(consumer.events.REBALANCING, () => ledger.write('rebalancing'))
consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
  const assigned = payload.memberAssignment[topic] ?? []
  ledger.write(
    'lost',
    owned.filter((partition) => !assigned.includes(partition)),
  )
  const added = assigned.filter((partition) => !owned.includes(partition))
  ledger.write(
    'assign',
    added.map((partition) => [partition, 0, null]),
  )
  owned = assigned
})
consumer.on(consumer.events.COMMIT_OFFSETS, ({ payload }) => {
  const partitions = payload.topics.flatMap((one) => one.partitions)
  if (partitions.length > 0)
    ledger.write(
      'commit',
      partitions.map(({ partition, offset }) => [Number(partition), Number(offset)]),
    )
})
process.once('SIGTERM', () => {
  ledger.write('term')
  void leave()
})

await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })
await consumer.run({
  autoCommitInterval: 200,
  partitionsConsumedConcurrently: 48,
  eachMessage: async ({ partition, message }) => {
    const offset = Number(message.offset)
    ledger.write('start', partition, offset)
    await sleep(tasks.minMs + ((offset * 7919 + partition * 104_729) % (tasks.maxMs - tasks.minMs + 1)))
    ledger.write('end', partition, offset)
    ledger.write('delivered', partition, offset)
  },
})
ledger.write('up', process.pid)

async function leave() {
  await consumer.disconnect()
  ledger.write('leave')
  ledger.write('bye', 0)
  process.exit(0)
}
