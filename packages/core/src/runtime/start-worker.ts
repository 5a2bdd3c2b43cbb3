/**
 * Opens everything a worker needs, in order (spec APP-2). Whatever is opened is put on the close stack at once, so that a
 * failure half-way closes it again.
 */
import type { Clock } from '@drakkar/plugin-sdk'
import type { LogConsumer, MessageLog } from '@drakkar/plugin-sdk/log'
import { Registry } from 'prom-client'
import type { AppSnapshot, DrakkarAppOptions } from '../app.ts'
import type { DrakkarConfig } from '../config/schema.ts'
import { sourceNames } from '../config/source-names.ts'
import type { DeadLetters } from '../dlq/dead-letters.ts'
import { sourceConnectionOf } from '../log/open-log.ts'
import { PeriodicTasks } from '../periodic/periodic-tasks.ts'
import { hookLimit } from '../pipeline/collect/hook-limit.ts'
import type { SinkHandles } from '../handler.ts'
import { Hooks } from '../pipeline/collect/hooks.ts'
import { checkBinary } from '../pipeline/executor/check-binary.ts'
import type { Executor } from '../pipeline/executor/executor.ts'
import { createProcessExecutor } from '../pipeline/executor/process-executor.ts'
import { SinkManager } from '../pipeline/sinks/sink-manager.ts'
import { FlowControl } from '../pipeline/source/flow-control.ts'
import { waitForAlignedStart, type WaitOptions } from '../pipeline/source/startup-alignment.ts'
import { Serving } from '../serving/serving.ts'
import { abortable } from './abortable.ts'
import { buildSinks } from './build-sinks.ts'
import type { CloseStack } from './close-stack.ts'
import { LifecycleHooks } from './lifecycle-hooks.ts'
import { openLogs } from './open-logs.ts'
import type { Prepared } from './prepare-app.ts'
import { sinkHandles } from './sink-handles.ts'
import { longestStepMs, type StopBudget } from './stop-budget.ts'
import { wirePipeline } from './wire-pipeline.ts'

export interface StartWorkerOptions extends Pick<DrakkarAppOptions, 'handler' | 'log' | 'executor' | 'random'>, Prepared {
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
  /** Stops, drains, commits, within the budget. False: something was given up. */
  shutdown(budget: StopBudget): Promise<boolean>
  snapshot(): AppSnapshot
  /** A SERVE answer, null when there is none. */
  served(requestId: string, signal: AbortSignal): Promise<Uint8Array | null>
}

/** Rejects when anything cannot be opened, or when `stop` aborts before the end. */
export async function startWorker(options: StartWorkerOptions): Promise<Worker> {
  const { config, logger, closers, stop, handler, clock } = options
  const { sourceTopic: topic } = sourceNames(config)
  const executor = await openExecutor(options)
  const { log, deadLetters } = await openLogs(options, topic)
  const flow = createFlow(config)
  const { sinks, handles, serving, hooks } = await openSinks(options, deadLetters, flow)
  await abortable(deadLetters.log.connect({ signal: stop }), stop)
  logger.info('sinks_configured', { sinks: sinks.sinks.map((sink) => sink.path), dlq_topic: deadLetters.log.topic })
  const consumer = openConsumer(options, log, topic)
  stop.throwIfAborted()
  const lifecycle = new LifecycleHooks({ handler, hooks, logger })
  await lifecycle.ready(config, stop)
  const periodic = startPeriodic(options, handles)
  if (config.kafka.startup_align_enabled) await align(config, { clock, logger, signal: stop })
  closers.push('ownership hooks', () => lifecycle.idle())
  return wirePipeline({ options, topic, log, consumer, executor, sinks, deadLetters, hooks, flow, serving, lifecycle, periodic })
}

interface OpenedSinks {
  readonly sinks: SinkManager
  /** For hooks and periodic tasks. */
  readonly handles: SinkHandles
  readonly serving: Serving
  readonly hooks: Hooks
}

/** Builds and connects them. Hooks reach sinks and sinks call hooks, which they do only while delivering. */
async function openSinks(options: StartWorkerOptions, deadLetters: DeadLetters, flow: FlowControl): Promise<OpenedSinks> {
  const { config, logger, closers, clock } = options
  const hooks: { current: Hooks | null } = { current: null }
  const serving = new Serving(config.serving, clock)
  const managed = await buildSinks({
    config,
    registry: options.registry,
    worker: options.worker,
    sourceConnection: sourceConnectionOf(config),
    metrics: new Registry(),
    deadLetters,
    hooks: () => required(hooks.current),
    throttle: (name, active) => flow.throttle(name, active),
    serve: (requestId, body, signal) => serving.put(requestId, body, signal),
    convert: options.handler.convertPayload ?? null,
    clock,
    random: options.random ?? Math.random,
    logger,
  })
  serving.connect(managed)
  const sinks = new SinkManager(managed)
  closers.push('sinks', () => sinks.closeAll(AbortSignal.timeout(longestStepMs)))
  // What is still being delivered may end first (spec SNK-12).
  closers.push('deliveries', () => sinks.idle())
  await sinks.connectAll(options.stop)
  const handles = sinkHandles(sinks)
  hooks.current = new Hooks({
    handler: options.handler,
    logger,
    sinks: handles,
    onTaskFailure: config.executor.on_task_failure,
    limit: hookLimit(config.executor.hook_timeout_seconds, clock),
  })
  return { sinks, handles, serving, hooks: hooks.current }
}

async function openExecutor({ executor, config, logger, closers, stop }: StartWorkerOptions): Promise<Executor> {
  if (executor === undefined && config.executor.binary_path !== null) await checkBinary(config.executor.binary_path)
  const opened = executor ?? createProcessExecutor({ config: config.executor, logger: logger.child({ category: 'executor' }) })
  closers.push('executor', () => opened.close())
  await abortable(opened.start(), stop)
  return opened
}

function createFlow({ executor, kafka }: DrakkarConfig): FlowControl {
  const { max_executors, backpressure_high_multiplier, backpressure_low_multiplier } = executor
  return new FlowControl({
    high: max_executors * backpressure_high_multiplier,
    low: Math.max(1, max_executors * backpressure_low_multiplier),
    maxBytes: kafka.max_buffered_bytes,
  })
}

function startPeriodic({ handler, clock, logger, closers }: StartWorkerOptions, sinks: SinkHandles): PeriodicTasks {
  const periodic = new PeriodicTasks({ handler, sinks, clock, logger })
  closers.push('periodic tasks', () => {
    periodic.stop()
    return periodic.idle()
  })
  periodic.start()
  return periodic
}

function align({ kafka }: DrakkarConfig, wait: WaitOptions): Promise<void> {
  const { startup_min_wait_seconds, startup_align_interval_seconds } = kafka
  const alignment = { minWaitMs: startup_min_wait_seconds * 1000, intervalMs: startup_align_interval_seconds * 1000 }
  return waitForAlignedStart(alignment, wait)
}

function openConsumer(options: StartWorkerOptions, log: MessageLog, topic: string): LogConsumer {
  const { kafka } = options.config
  const consumer = log.consumer({
    topic,
    group: kafka.consumer_group,
    maxPollRecords: kafka.max_poll_records,
    offsetReset: kafka.auto_offset_reset,
    onOffsetOutOfRange: kafka.on_offset_out_of_range,
    groupInstanceId: kafka.group_instance_id,
  })
  options.closers.push('consumer', () => consumer.stop())
  return consumer
}

function required<T>(value: T | null): T {
  if (value === null) throw new Error('a hook was called before the worker had started')
  return value
}
