// `npm run demo [-- --kafka HOST:PORT] [--messages N]`: fills a topic with search requests over text that is on this
// machine anyway, runs the worker until everything is committed, and says what happened.
import { createReadStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { DrakkarApp, loadConfig, openLog, sourceTopicOf } from '@drakkar/core'
import { searchRequests } from './demo/requests.mjs'
import { createProgress } from './demo/progress.mjs'
import { report } from './demo/report.mjs'
import handler from './handler.mjs'

const folder = dirname(fileURLToPath(import.meta.url))
const options = readOptions()
const output = join(folder, 'out')
const progress = createProgress(process.stderr)
/** The worker writes its own log file; what fills and reads the topics has nothing to add. */
const quiet = { debug() {}, info() {}, warn() {}, error() {} }

try {
  process.exitCode = await main()
} catch (error) {
  progress.end()
  console.error(`\nThe demo could not finish: ${error instanceof Error ? error.message : String(error)}`)
  if (options.brokers !== undefined) console.error(`Is a Kafka broker listening on ${options.brokers}?`)
  process.exitCode = 1
}

async function main() {
  await rm(output, { recursive: true, force: true })
  await mkdir(output, { recursive: true })
  process.chdir(folder)
  process.env.DEMO_DIR = output
  process.env.DEMO_BROKERS = options.brokers ?? ''
  process.env.DEMO_TOPIC = `drakkar-demo-${process.pid}-${Date.now().toString(36)}`
  const configPath = join(folder, options.brokers === undefined ? 'drakkar.yaml' : 'drakkar.kafka.yaml')
  const { config } = loadConfig(configPath)
  const topic = sourceTopicOf(config)
  const group = config.kafka.consumer_group
  const log = await openLog(config, { logger: quiet, workerId: 'demo' })
  try {
    console.log(`Drakkar demo: ${options.messages} searches, one run of search.sh each, on ${log.description}`)
    await fill(log, topic, config.embedded?.partitions ?? 8)
    const app = new DrakkarApp({ handler, configPath, appRoot: folder, until: 'caught_up', workerId: 'demo' })
    const startedMs = performance.now()
    const stopShowing = progress.follow(app, options.messages)
    const summary = await app.run().finally(stopShowing)
    const seconds = (performance.now() - startedMs) / 1000
    await report({ log, topic, group, app, seconds, output, countLines, shown: (path) => relative(process.env.INIT_CWD ?? folder, path) })
    return summary.exitCode
  } finally {
    await log.close()
  }
}

/** @param {import('@drakkar/plugin-sdk/log').MessageLog} log @param {string} topic @param {number} partitions */
async function fill(log, topic, partitions) {
  const admin = log.admin()
  await admin.createTopic(topic, partitions)
  await admin.close()
  const producer = log.producer()
  await producer.connect({ signal: AbortSignal.timeout(30_000) })
  let sent = 0
  for await (const batch of searchRequests(options.messages, 500)) {
    await producer.send(batch.map(({ key, value }) => ({ topic, key: Buffer.from(key), value: Buffer.from(value) })))
    sent += batch.length
    progress.show('writing requests', sent, options.messages)
  }
  progress.end()
  await producer.close()
}

/** @param {string} path */
async function countLines(path) {
  let lines = 0
  for await (const _line of createInterface({ input: createReadStream(path) })) lines += 1
  return lines
}

function readOptions() {
  const { values } = parseArgs({ options: { kafka: { type: 'string' }, messages: { type: 'string', default: '3000' } } })
  const messages = Number(values.messages)
  if (!Number.isInteger(messages) || messages < 1) {
    console.error('usage: npm run demo [-- --kafka HOST:PORT] [--messages N]')
    process.exit(2)
  }
  return { brokers: values.kafka, messages }
}
