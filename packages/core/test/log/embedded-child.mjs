// @ts-nocheck -- imports the built package, which need not exist when types are checked
/**
 * A second process on an embedded log, for embedded-two-processes.integration.test.ts: `node embedded-child.mjs <mode> <path>`.
 * It runs the built package, because Node 20 cannot run the sources. One JSON value per line on stdout.
 */
import { openEmbeddedLog } from '../../dist/log/embedded/embedded-log.js'

const [, , mode, path] = process.argv
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const call = { signal: AbortSignal.timeout(120_000) }
const log = await openEmbeddedLog({ path, logger: silent, workerId: `child-${process.pid}` })

function say(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

/** Sends groups of numbered records; says the last number of a group only when it is acknowledged. */
async function append(groups) {
  const producer = log.producer()
  await producer.connect(call)
  const records = (group) => Array.from({ length: 5 }, (_, index) => Buffer.from(`${process.pid}:${group * 5 + index}`))
  for (let group = 0; group < groups; group += 1) {
    await producer.send(records(group).map((value) => ({ topic: 'input', partition: 0, value })))
    say({ acknowledged: group * 5 + 4 })
  }
}

/** Commits each hand-over after having said its offsets. */
async function consume() {
  const consumer = log.consumer({ topic: 'input', group: 'g', maxPollRecords: 3, offsetReset: 'earliest', onOffsetOutOfRange: 'stop' })
  let epoch = 0
  await consumer.start(
    {
      onAssign: ([assignment]) => {
        epoch = assignment.epoch
      },
      onRecords: (partition, records) => {
        const offset = records.at(-1).offset + 1
        void consumer.commit([{ partition, epoch, offset }]).then(() => say({ committed: offset }))
      },
      onRevoke: async () => undefined,
      onLost: () => undefined,
      onRebalancing: () => undefined,
      onError: (error) => say({ error: error.code }),
    },
    call,
  )
  say({ started: epoch })
}

if (mode === 'consume') await consume()
else {
  await append(mode === 'append-forever' ? Infinity : 100)
  await log.close()
}
