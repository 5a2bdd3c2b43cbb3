/** Wires the stages of the pipeline together and starts the source: the counterpart of ARCHITECTURE.md in code. */
import type { LogConsumer, MessageLog } from '@drakkar/plugin-sdk/log'
import { errorMessage } from '@drakkar/plugin-sdk'
import type { DeadLetters } from '../dlq/dead-letters.ts'
import type { PeriodicTasks } from '../periodic/periodic-tasks.ts'
import { createCounters } from '../observability/pipeline-counters.ts'
import { ServedAge } from '../pipeline/collect/fair-ages.ts'
import type { Hooks } from '../pipeline/collect/hooks.ts'
import { TaskRunner } from '../pipeline/collect/task-runner.ts'
import { Committer } from '../pipeline/commit/committer.ts'
import type { Executor } from '../pipeline/executor/executor.ts'
import { PartitionProcessor } from '../pipeline/partition-processor.ts'
import type { PipelineShared } from '../pipeline/pipeline-shared.ts'
import type { SinkManager } from '../pipeline/sinks/sink-manager.ts'
import type { FlowControl } from '../pipeline/source/flow-control.ts'
import { IdleTime, type IdleState } from '../pipeline/source/idle-time.ts'
import type { Serving } from '../serving/serving.ts'
import { Source } from '../pipeline/source/source.ts'
import { Decoder } from '../pipeline/window/decode.ts'
import { abortable } from './abortable.ts'
import { createDeferred } from './deferred.ts'
import type { LifecycleHooks } from './lifecycle-hooks.ts'
import { shutDown } from './shut-down.ts'
import { snapshot } from './snapshot.ts'
import type { StartWorkerOptions, Worker } from './start-worker.ts'

export interface WireOptions {
  readonly options: StartWorkerOptions
  readonly topic: string
  readonly log: MessageLog
  readonly consumer: LogConsumer
  readonly executor: Executor
  readonly sinks: SinkManager
  readonly deadLetters: DeadLetters
  readonly hooks: Hooks
  readonly flow: FlowControl
  readonly serving: Serving
  readonly lifecycle: LifecycleHooks
  readonly periodic: PeriodicTasks
}

/** Resolves when the source has its first assignment. */
export async function wirePipeline(wire: WireOptions): Promise<Worker> {
  const { options, consumer, flow, lifecycle } = wire
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
  const shared = createShared(wire, {
    stats,
    flow,
    onProgress: () => committer.nudge(),
    onBlocked: (partition, blocked) => source.setBlocked(partition, blocked),
    onDefect: fail,
  })
  const drain = { clock, limitMs: config.executor.drain_timeout_seconds * 1000 }
  const source = new Source({
    createProcessor: (assignment) => new PartitionProcessor(assignment, shared),
    consumer,
    commitNow: () => void committer.commitNow(),
    flushCommits: (limitMs) => committer.flush(limitMs),
    ownership: lifecycle,
    stopWhenOutOfRange: config.kafka.on_offset_out_of_range === 'stop',
    drainTimeoutMs: drain.limitMs,
    hurry: () => wire.sinks.hurry(),
    clock,
    stats,
    logger,
    onFatal: fail,
  })
  const idle = new IdleTime(clock, () => idleState(wire, source))
  flow.listen({ onPause: (paused) => source.setPaused(paused), onLoad: () => idle.changed() })
  await startConsumer({ consumer, source, signal: options.stop, failed: failure.promise })
  idle.changed()
  return {
    log: wire.log,
    topic: wire.topic,
    group: config.kafka.consumer_group,
    failed: failure.promise,
    shutdown: (budget) =>
      shutDown({ source, committer, consumer, periodic: wire.periodic, lifecycle, logger: options.logger, drain }, budget),
    snapshot: () => snapshot(wire, { stats, source, idle }),
    served: (requestId, signal) => wire.serving.get(requestId, signal),
  }
}

interface ConsumerStart {
  readonly consumer: LogConsumer
  readonly source: Source
  readonly signal: AbortSignal
  /** The consumer has ended by itself, or a defect of ours. */
  readonly failed: Promise<Error>
}

/** Rejects when the consumer cannot start; what it announced before that is given up. */
async function startConsumer({ consumer, source, signal, failed }: ConsumerStart): Promise<void> {
  const ended = failed.then((error): never => {
    throw error
  })
  // It may fail at any later time, when others hear of it.
  ended.catch(() => undefined)
  try {
    await abortable(Promise.race([consumer.start(source, { signal }), ended]), signal)
  } catch (error) {
    source.stop()
    // What was begun is killed and not waited for: closing the executor does that.
    void source.abandonAll()
    throw error
  }
}

function idleState({ executor, flow }: WireOptions, source: Source): IdleState {
  const idleSlots = Math.max(0, executor.maxExecutors - executor.activeCount)
  const hasQueued = idleSlots > 0 && [...source.processors].some((processor) => processor.queueSize > 0)
  return { idleSlots: hasQueued ? idleSlots : 0, isConsumerIdle: flow.load.units === 0 && !flow.paused }
}

function createShared(
  wire: WireOptions,
  parts: Pick<PipelineShared, 'stats' | 'flow' | 'onProgress' | 'onBlocked' | 'onDefect'>,
): PipelineShared {
  const { options, hooks, sinks, deadLetters, executor, topic } = wire
  const { config, clock, handler } = options
  const logger = options.logger.child({ category: 'partition' })
  const { random = Math.random } = options
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
    arrangeConcurrency: config.executor.arrange_concurrency,
    ordering: config.executor.ordering,
    servedAge: config.executor.priority === 'fair' ? new ServedAge() : null,
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
