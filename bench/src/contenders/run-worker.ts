/** Runs a Drakkar worker over a topic of known size and measures it from the first record to the last commit. */
import { DrakkarApp, openLog, readConfigDocument, SinkRegistry, validateWithPlugins } from '@drakkar/core'
import type { AnyHandler, RunSummary } from '@drakkar/core'
import type { MessageLog } from '@drakkar/plugin-sdk/log'
import { packageFolder } from '../package-folder.ts'
import type { Measurement } from '../measurement.ts'
import { problemLogger } from '../problem-logger.ts'
import { observedLog } from './observed-log.ts'
import { Stopwatch } from './stopwatch.ts'

export interface WorkerRun {
  readonly handler: AnyHandler
  readonly configPath: string
  /** What the topic holds. */
  readonly messages: number
}

/** Rejects when the worker fails, dead-letters anything or stops before everything is committed. */
export async function runWorker({ handler, configPath, messages }: WorkerRun): Promise<Measurement> {
  const registry = await SinkRegistry.discover(packageFolder)
  const { config } = await validateWithPlugins(readConfigDocument(configPath), registry)
  const stopwatch = new Stopwatch()
  const result: { measurement: Measurement | null } = { measurement: null }
  const log = await openLog(config, { logger: problemLogger, workerId: 'bench' })
  const observed = observedLog(log, {
    messages,
    onFirstRecords: () => stopwatch.start(),
    onAllCommitted: () => {
      result.measurement ??= stopwatch.stop(messages)
      app.stop()
    },
  })
  const app = new DrakkarApp({ handler, config, registry, log: observed, workerId: 'bench' })
  const summary = await runToEnd(app, log)
  const deadLettered = app.snapshot()?.deadLettered ?? 0
  if (result.measurement === null || summary.exitCode !== 0 || deadLettered > 0) {
    throw new Error(
      `the worker ended with ${summary.reason}, code ${summary.exitCode}, ${deadLettered} dead letters, all committed: ${result.measurement !== null}`,
    )
  }
  return result.measurement
}

async function runToEnd(app: DrakkarApp, log: MessageLog): Promise<RunSummary> {
  try {
    return await app.run()
  } finally {
    await log.close()
  }
}
