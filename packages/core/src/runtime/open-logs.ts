/** Opens the log of the source and that of the dead letters, and makes sure that their topics are there. */
import { LogError } from '@drakkar/plugin-sdk'
import type { MessageLog } from '@drakkar/plugin-sdk/log'
import { sourceNames } from '../config/source-names.ts'
import { DeadLetterLog } from '../dlq/dead-letter-log.ts'
import { DeadLetters } from '../dlq/dead-letters.ts'
import { openSpool } from '../dlq/spool/open-spool.ts'
import { openDeadLetterLog, openLog } from '../log/open-log.ts'
import type { AppLogger } from '../observability/logger.ts'
import { abortable, acquire } from './abortable.ts'
import type { StartWorkerOptions } from './start-worker.ts'

export interface OpenedLogs {
  readonly log: MessageLog
  readonly deadLetters: DeadLetters
}

/** Whatever it opens is on the close stack at once. */
export async function openLogs(options: StartWorkerOptions, topic: string): Promise<OpenedLogs> {
  const { config, closers, worker, clock, stop } = options
  const logger = options.logger.child({ category: 'kafka' })
  const context = { logger, workerId: worker.workerId }
  const log = options.log ?? (await acquire(openLog(config, context), stop, (late) => late.close()))
  if (options.log === undefined) closers.push('log', () => log.close())
  const separate = await acquire(openDeadLetterLog(config, context), stop, async (late) => late?.close())
  if (separate !== null) closers.push('dead-letter log', () => separate.close())
  const target = separate ?? log
  const { deadLetterTopic } = sourceNames(config)
  const createWith = config.embedded?.partitions ?? null
  const partitions = await abortable(prepareSourceTopic(log, topic, { createWith, logger }), stop)
  await abortable(prepareDeadLetterTopic(target, deadLetterTopic, partitions), stop)
  const producer = target.producer()
  closers.push('dead-letter producer', () => producer.close())
  const deadLetterLogger = options.logger.child({ category: 'sink' })
  const openedSpool = openSpool({ directory: config.dlq.spool_dir, workerId: worker.workerId, clock, logger: deadLetterLogger })
  const spool = await acquire(openedSpool, stop, async (late) => late?.close())
  const deadLetterLog = new DeadLetterLog({
    topic: deadLetterTopic,
    producer,
    onFailure: config.dlq.on_failure,
    maxRetries: config.dlq.max_retries,
    spool,
    clock,
    logger: deadLetterLogger,
    random: options.random ?? Math.random,
  })
  closers.push('dead letters', () => deadLetterLog.close())
  return { log, deadLetters: new DeadLetters({ log: deadLetterLog, workerId: worker.workerId, clock }) }
}

/** The source topic has to exist; an embedded log creates it. Returns its number of partitions. */
async function prepareSourceTopic(
  log: MessageLog,
  topic: string,
  { createWith, logger }: { readonly createWith: number | null; readonly logger: AppLogger },
): Promise<number> {
  const admin = log.admin()
  try {
    const found = await admin.describeTopic(topic)
    if (found !== null) return found.partitions
    if (createWith === null) throw missingTopic(log, topic)
    await admin.createTopic(topic, createWith)
    logger.warn('source_topic_created', { topic, partitions: createWith, log: log.description })
    return createWith
  } finally {
    await admin.close()
  }
}

/** Dead letters need a place before the first is due: creates the topic when it is missing. */
async function prepareDeadLetterTopic(log: MessageLog, topic: string, partitions: number): Promise<void> {
  const admin = log.admin()
  try {
    if ((await admin.describeTopic(topic)) === null) await admin.createTopic(topic, partitions)
  } finally {
    await admin.close()
  }
}

function missingTopic(log: MessageLog, topic: string): LogError {
  return new LogError({
    kind: 'permanent',
    code: 'DRK_LOG_TOPIC_MISSING',
    message: `the source topic "${topic}" does not exist in ${log.description}`,
  })
}
