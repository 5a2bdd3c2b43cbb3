/**
 * A whole worker in a process of its own, with the parts of `drakkar run` and two instruments: an executor whose tasks wait instead of
 * working, and a log that writes down what the consumer is told. Its only argument is its plan as JSON.
 */
import { once } from 'node:events'
import { DrakkarApp, defineHandler, openLog, SinkRegistry, task, validateConfig } from '@drakkar/core'
import { defineSink } from '@drakkar/plugin-sdk'
import { endWithParent } from './end-with-parent.mjs'
import { fileLogger } from './file-logger.mjs'
import { LabExecutor } from './lab-executor.mjs'
import { LedgerFile } from './ledger-file.mjs'
import { recordedLog } from './recorded-log.mjs'

endWithParent()
const plan = JSON.parse(process.argv[2])
const ledger = new LedgerFile(plan.ledgerFile)
const logger = fileLogger(plan.logFile)
const registry = new SinkRegistry()
registry.register(defineSink({ type: 'ledger', process: ({ data }) => ledger.write('delivered', data.partition, data.offset) }))
const { config } = validateConfig(plan.config)
const log = recordedLog(await openLog(config, { logger, workerId: plan.name }), ledger)

const handler = defineHandler({
  arrange: (messages) =>
    messages.map((message) => task({ from: message, metadata: { partition: message.partition, offset: message.offset } })),
  onTaskComplete: ({ task: done }) => ({ ledger: [{ data: done.metadata }] }),
})

const executor = new LabExecutor(plan.tasks, { ledger, maxExecutors: config.executor.max_executors })
const app = new DrakkarApp({ handler, config, registry, log, logger, executor, workerId: plan.name })
if (plan.parked) await parked()
ledger.write('up', process.pid)
process.on('SIGTERM', () => ledger.write('term'))
try {
  const { exitCode } = await app.run()
  ledger.write('bye', exitCode)
  process.exitCode = exitCode
} catch (error) {
  ledger.write('died', error.message)
  process.exitCode = 1
}
await log.close()

/** Everything is loaded; waits for the word to begin. */
async function parked() {
  const alive = setInterval(() => undefined, 60_000)
  const word = once(process, 'SIGUSR2')
  ledger.write('parked')
  await word
  clearInterval(alive)
}
