/**
 * Opens everything a worker needs, in order (spec APP-2). Whatever is opened is put on the close stack at once, so that a
 * failure half-way closes it again.
 */
import { type Clock, LogError } from '@drakkar/plugin-sdk'
import type { LogConsumer, MessageLog } from '@drakkar/plugin-sdk/log'
import { Registry } from 'prom-client'
import type { AppSnapshot, DrakkarAppOptions } from '../app.ts'
import { sourceNames } from '../config/source-names.ts'
import { DeadLetterLog } from '../dlq/dead-letter-log.ts'
import { DeadLetters } from '../dlq/dead-letters.ts'
import { openSpool } from '../dlq/spool/open-spool.ts'
import { openDeadLetterLog, openLog, sourceConnectionOf } from '../log/open-log.ts'
import type { AppLogger } from '../observability/logger.ts'
import { Hooks } from '../pipeline/collect/hooks.ts'
import { checkBinary } from '../pipeline/executor/check-binary.ts'
import type { Executor } from '../pipeline/executor/executor.ts'
import { createProcessExecutor } from '../pipeline/executor/process-executor.ts'
import { SinkManager } from '../pipeline/sinks/sink-manager.ts'
import { Serving } from '../serving/serving.ts'
import { abortable } from './abortable.ts'
import { buildSinks } from './build-sinks.ts'
import type { CloseStack } from './close-stack.ts'
import type { Prepared } from './prepare-app.ts'
import { sinkHandles } from './sink-handles.ts'
import { ThrottleRelay } from './throttle-relay.ts'
import { wirePipeline } from './wire-pipeline.ts'
import { within } from './within.ts'

export interface StartWorkerOptions extends Pick<DrakkarAppOptions, 'handler' | 'log' | 'executor'>, Prepared {
  readonly clock: Clock
  /** Aborts start-up. */
  readonly stop: AbortSignal
  readonly closers: CloseStack
}

/** A started worker. */
export interface Worker {
  readonly log: MessageLog
  readonly topic: string
  readonly group: string
  /** Resolves with the error when the log ends by itself, or a defect of ours ends a piece of work. */
  readonly failed: Promise<Error>
  /** Stops, drains within the budget, commits. False: something was given up. */
  shutdown(): Promise<boolean>
  snapshot(): AppSnapshot
  /** A SERVE answer, null when there is none. */
  served(requestId: string, signal: AbortSignal): Promise<Uint8Array | null>
}

/** Longest wait for sinks and the log to close. */
const closeTimeoutMs = 10_000

/** Rejects when anything cannot be opened, or when `stop` aborts before the end. */
export async function startWorker(options: StartWorkerOptions): Promise<Worker> {
  const { config, logger, closers, worker, stop } = options
  const { sourceTopic: topic } = sourceNames(config)
  const executor = await openExecutor(options)
  const { log, deadLetters } = await openLogs(options, topic)
  const hooks: { current: Hooks | null } = { current: null }
  const throttles = new ThrottleRelay()
  const serving = new Serving(config.serving, options.clock)
  const managed = await buildSinks({
    config,
    registry: options.registry,
    worker,
    sourceConnection: sourceConnectionOf(config),
    metrics: new Registry(),
    deadLetters,
    hooks: () => required(hooks.current),
    throttle: throttles.throttle,
    serve: (requestId, body, signal) => serving.put(requestId, body, signal),
    convert: options.handler.convertPayload ?? null,
    clock: options.clock,
    random: Math.random,
    logger,
  })
  serving.connect(managed)
  const sinks = new SinkManager(managed)
  closers.push('sinks', () => closeSinks(sinks, options.clock))
  await sinks.connectAll(stop)
  await deadLetters.log.connect({ signal: stop })
  logger.info('sinks_configured', { sinks: managed.map((sink) => sink.path), dlq_topic: deadLetters.log.topic })
  hooks.current = new Hooks({ handler: options.handler, logger, sinks: sinkHandles(sinks), onTaskFailure: config.executor.on_task_failure })
  stop.throwIfAborted()
  const consumer = openConsumer(options, log, topic)
  return wirePipeline({ options, topic, log, consumer, executor, sinks, deadLetters, hooks: hooks.current, throttles, serving })
}

/** What is still being delivered may end first (spec SNK-12). */
async function closeSinks(sinks: SinkManager, clock: Clock): Promise<void> {
  await within(sinks.idle(), { clock, limitMs: closeTimeoutMs })
  await sinks.closeAll(AbortSignal.timeout(closeTimeoutMs))
}

async function openExecutor({ executor, config, logger, closers }: StartWorkerOptions): Promise<Executor> {
  if (executor === undefined && config.executor.binary_path !== null) await checkBinary(config.executor.binary_path)
  const opened = executor ?? createProcessExecutor({ config: config.executor, logger: logger.child({ category: 'executor' }) })
  closers.push('executor', () => opened.close())
  await opened.start()
  return opened
}

interface OpenedLogs {
  readonly log: MessageLog
  readonly deadLetters: DeadLetters
}

async function openLogs(options: StartWorkerOptions, topic: string): Promise<OpenedLogs> {
  const { config, closers, worker, clock } = options
  const logger = options.logger.child({ category: 'kafka' })
  const context = { logger, workerId: worker.workerId }
  const log = options.log ?? (await openLog(config, context))
  if (options.log === undefined) closers.push('log', () => log.close())
  const separate = await openDeadLetterLog(config, context)
  if (separate !== null) closers.push('dead-letter log', () => separate.close())
  const target = separate ?? log
  const { deadLetterTopic } = sourceNames(config)
  const createWith = config.embedded?.partitions ?? null
  const partitions = await abortable(prepareSourceTopic(log, topic, { createWith, logger }), options.stop)
  await abortable(prepareDeadLetterTopic(target, deadLetterTopic, partitions), options.stop)
  const producer = target.producer()
  closers.push('dead-letter producer', () => producer.close())
  const deadLetterLogger = options.logger.child({ category: 'sink' })
  const deadLetterLog = new DeadLetterLog({
    topic: deadLetterTopic,
    producer,
    onFailure: config.dlq.on_failure,
    maxRetries: config.dlq.max_retries,
    spool: await openSpool({ directory: config.dlq.spool_dir, workerId: worker.workerId, clock, logger: deadLetterLogger }),
    clock,
    logger: deadLetterLogger,
    random: Math.random,
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

function openConsumer(options: StartWorkerOptions, log: MessageLog, topic: string): LogConsumer {
  const { kafka } = options.config
  const consumer = log.consumer({
    topic,
    group: kafka.consumer_group,
    maxPollRecords: kafka.max_poll_records,
    offsetReset: kafka.auto_offset_reset,
    onOffsetOutOfRange: kafka.on_offset_out_of_range,
  })
  options.closers.push('consumer', () => consumer.stop())
  return consumer
}

function missingTopic(log: MessageLog, topic: string): LogError {
  return new LogError({
    kind: 'permanent',
    code: 'DRK_LOG_TOPIC_MISSING',
    message: `the source topic "${topic}" does not exist in ${log.description}`,
  })
}

function required<T>(value: T | null): T {
  if (value === null) throw new Error('a hook was called before the worker had started')
  return value
}
