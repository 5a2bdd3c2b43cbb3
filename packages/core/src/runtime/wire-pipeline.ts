/** Wires the stages of the pipeline together and starts the source: the counterpart of ARCHITECTURE.md in code. */
import type { LogConsumer, MessageLog } from '@drakkar/plugin-sdk/log'
import { errorMessage, type Clock } from '@drakkar/plugin-sdk'
import type { AppSnapshot } from '../app.ts'
import type { DeadLetters } from '../dlq/dead-letters.ts'
import { createCounters, type PipelineCounters } from '../observability/pipeline-counters.ts'
import type { Hooks } from '../pipeline/collect/hooks.ts'
import { TaskRunner } from '../pipeline/collect/task-runner.ts'
import { Committer } from '../pipeline/commit/committer.ts'
import type { Executor } from '../pipeline/executor/executor.ts'
import { PartitionProcessor } from '../pipeline/partition-processor.ts'
import type { PipelineShared } from '../pipeline/pipeline-shared.ts'
import type { SinkManager } from '../pipeline/sinks/sink-manager.ts'
import { FlowControl } from '../pipeline/source/flow-control.ts'
import type { Serving } from '../serving/serving.ts'
import { Source } from '../pipeline/source/source.ts'
import { Decoder } from '../pipeline/window/decode.ts'
import { createDeferred } from './deferred.ts'
import type { ThrottleRelay } from './throttle-relay.ts'
import type { StartWorkerOptions, Worker } from './start-worker.ts'
import { within } from './within.ts'

export interface WireOptions {
  readonly options: StartWorkerOptions
  readonly topic: string
  readonly log: MessageLog
  readonly consumer: LogConsumer
  readonly executor: Executor
  readonly sinks: SinkManager
  readonly deadLetters: DeadLetters
  readonly hooks: Hooks
  /** What sinks want of the source. */
  readonly throttles: ThrottleRelay
  readonly serving: Serving
}

/** Longest wait for the last commit and for leaving the group. */
const commitTimeoutMs = 10_000

/** Resolves when the source has its first assignment. */
export async function wirePipeline(wire: WireOptions): Promise<Worker> {
  const { options, consumer } = wire
  const { config, clock } = options
  const stats = createCounters()
  const failure = createDeferred<Error>()
  const fail = (error: unknown): void => failure.resolve(error instanceof Error ? error : new Error(errorMessage(error)))
  const logger = options.logger.child({ category: 'kafka' })
  const committer = new Committer({
    assignments: () => source.processors,
    commit: (requests) => consumer.commit(requests),
    clock,
    stats,
    logger,
  })
  const flow = createFlow(options, (paused) => source.setPaused(paused))
  const shared = createShared(wire, {
    stats,
    flow,
    onProgress: () => committer.nudge(),
    onBlocked: (partition, blocked) => source.setBlocked(partition, blocked),
    onDefect: fail,
  })
  const source = new Source({
    createProcessor: (assignment) => new PartitionProcessor(assignment, shared),
    consumer,
    commitNow: () => committer.commitNow(),
    stopWhenOutOfRange: config.kafka.on_offset_out_of_range === 'stop',
    drainTimeoutMs: config.executor.drain_timeout_seconds * 1000,
    hurry: () => wire.sinks.hurry(),
    clock,
    logger,
    onFatal: fail,
  })
  wire.throttles.connect((name, active) => flow.throttle(name, active))
  await startConsumer(consumer, source, options.stop)
  return {
    log: wire.log,
    topic: wire.topic,
    group: config.kafka.consumer_group,
    failed: failure.promise,
    shutdown: () => shutdown({ source, committer, consumer, clock }),
    snapshot: () => snapshot(wire, { stats, source, flow }),
    served: (requestId, signal) => wire.serving.get(requestId, signal),
  }
}

/** Spec APP-6: stop what is new, drain what runs, commit, leave the group. */
async function shutdown(parts: { source: Source; committer: Committer; consumer: LogConsumer; clock: Clock }): Promise<boolean> {
  const { source, committer, consumer, clock } = parts
  source.stop()
  const drained = await source.drainAll()
  const limit = { clock, limitMs: commitTimeoutMs }
  let committed = false
  const commitLast = async (): Promise<void> => {
    await committer.stop()
    committed = await committer.commitNow()
  }
  await within(commitLast(), limit)
  const released = await source.abandonAll()
  await within(consumer.stop(), limit)
  return drained && committed && released
}

/** Rejects when the consumer cannot start; what it announced before that is given up. */
async function startConsumer(consumer: LogConsumer, source: Source, signal: AbortSignal): Promise<void> {
  try {
    await consumer.start(source, { signal })
  } catch (error) {
    source.stop()
    await source.abandonAll()
    throw error
  }
}

function createFlow({ config }: StartWorkerOptions, onChange: (paused: boolean) => void): FlowControl {
  const { max_executors, backpressure_high_multiplier, backpressure_low_multiplier } = config.executor
  const limits = {
    high: max_executors * backpressure_high_multiplier,
    low: Math.max(1, max_executors * backpressure_low_multiplier),
    maxBytes: config.kafka.max_buffered_bytes,
  }
  return new FlowControl(limits, onChange)
}

function createShared(
  wire: WireOptions,
  parts: Pick<PipelineShared, 'stats' | 'flow' | 'onProgress' | 'onBlocked' | 'onDefect'>,
): PipelineShared {
  const { options, hooks, sinks, deadLetters, executor, topic } = wire
  const { config, clock, handler } = options
  const logger = options.logger.child({ category: 'partition' })
  const random = Math.random
  const maxRetries = config.executor.max_retries
  const retryBackoff = {
    baseMs: config.executor.retry_backoff_base_seconds * 1000,
    factor: 2,
    capMs: config.executor.retry_backoff_max_seconds * 1000,
    jitter: config.executor.retry_jitter,
  }
  return {
    ...parts,
    topic,
    windowSize: config.executor.window_size,
    onInvalidMessage: config.kafka.on_invalid_message,
    decoder: new Decoder(handler, hooks),
    hooks,
    arrange: { hooks, maxRetries, clock, random, logger },
    runner: new TaskRunner({ executor, hooks, sinks, deadLetters, maxRetries, retryBackoff, clock, random, stats: parts.stats, logger }),
    sinks,
    deadLetters,
    clock,
    logger,
  }
}

function snapshot(wire: WireOptions, parts: { stats: PipelineCounters; source: Source; flow: FlowControl }): AppSnapshot {
  const processors = [...parts.source.processors]
  return {
    counters: { ...parts.stats },
    sinks: wire.sinks.snapshot(),
    deadLettered: wire.deadLetters.log.sentCount,
    deadLetterFailures: wire.deadLetters.log.sendFailureCount,
    deadLettersBlocked: wire.deadLetters.log.blockedCount,
    spoolEntries: wire.deadLetters.log.spoolEntries,
    partitions: parts.source.partitions,
    queued: processors.reduce((sum, processor) => sum + processor.queueSize, 0),
    inFlightTasks: processors.reduce((sum, processor) => sum + processor.inFlightTasks, 0),
    activeExecutors: wire.executor.activeCount,
    waitingTasks: wire.executor.waitingCount,
    paused: parts.flow.paused,
    throttles: parts.flow.throttles,
  }
}
