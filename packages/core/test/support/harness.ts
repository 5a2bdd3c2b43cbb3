/** A whole worker in memory: memory log, fake executor, recording sink; everything between is the real pipeline. */
import { type Clock, type LogFields, type SinkDefinition, systemClock } from '@drakkar/plugin-sdk'
import type { LogConsumer, MessageLog } from '@drakkar/plugin-sdk/log'
import { createRecordingLogger } from '@drakkar/plugin-sdk/testing'
import { DrakkarApp, type DrakkarAppOptions } from '../../src/app.ts'
import { validateConfig } from '../../src/config/load-config.ts'
import type { DeadLetterRecord } from '../../src/dlq/dead-letter.ts'
import type { AnyHandler } from '../../src/handler.ts'
import { MemoryLog } from '../../src/log/memory/memory-log.ts'
import type { AppLogger } from '../../src/observability/logger.ts'
import type { Executor } from '../../src/pipeline/executor/executor.ts'
import { SinkRegistry } from '../../src/registry/sink-registry.ts'
import { FakeExecutor } from './fake-executor.ts'

export const topic = 'input'
export const group = 'workers'

export interface HarnessOptions {
  readonly handler: AnyHandler
  readonly sinks: readonly SinkDefinition[]
  /** Merged over the defaults; `sinks` default to one instance `main` of every definition. */
  readonly config?: Readonly<Record<string, unknown>>
  readonly executor?: Executor
  readonly partitions?: number
  readonly log?: MemoryLog
  readonly until?: DrakkarAppOptions['until']
  /** Stands between the worker and the log's consumer. */
  readonly wrapConsumer?: (consumer: LogConsumer) => LogConsumer
  /** Default: `hastyClock`. */
  readonly clock?: Clock
}

/** Waits of up to a minute's retries pass in a turn of the event loop; the limits of drains and closes are never reached. */
export const hastyClock: Clock = {
  ...systemClock,
  sleep: async (ms, signal) => {
    if (ms >= limitMs) return systemClock.sleep(ms, signal)
    await new Promise((resolve) => setImmediate(resolve))
  },
}
const limitMs = 10_000

export interface Harness {
  readonly log: MemoryLog
  readonly app: DrakkarApp
  readonly events: () => readonly string[]
  /** Fields of the log lines of an event. */
  readonly lines: (event: string) => readonly LogFields[]
  /** Appends JSON values (or raw text and bytes) in turn to the partitions, or all to one. */
  send(values: readonly unknown[], partition?: number): Promise<void>
  deadLetters(): Promise<readonly DeadLetterRecord[]>
  committed(): Promise<ReadonlyMap<number, number>>
}

export async function createHarness(options: HarnessOptions): Promise<Harness> {
  const partitions = options.partitions ?? 1
  const log = options.log ?? new MemoryLog({ topics: { [topic]: partitions } })
  const registry = new SinkRegistry()
  for (const definition of options.sinks) registry.register(definition)
  const logger = createRecordingLogger()
  const { config } = validateConfig(
    {
      kafka: { source_topic: topic, consumer_group: group },
      sinks: Object.fromEntries(options.sinks.map(({ type }) => [type, { main: {} }])),
      ...options.config,
    },
    { sinkSchemas: new Map(options.sinks.map((definition) => [definition.type, definition.config])) },
  )
  const app = new DrakkarApp({
    handler: options.handler,
    config,
    registry,
    log: withConsumer(log, options.wrapConsumer),
    logger: asAppLogger(logger),
    executor: options.executor ?? new FakeExecutor(),
    handleSignals: false,
    clock: options.clock ?? hastyClock,
    until: options.until ?? 'caught_up',
  })
  return {
    log,
    app,
    events: () => logger.entries.map(({ event }) => event),
    lines: (event) => logger.entries.filter((entry) => entry.event === event).map(({ fields }) => fields ?? {}),
    send: (values, partition) => send(log, values, { partitions, partition }),
    deadLetters: () => readJson(log, `${topic}_dlq`),
    committed: async () => log.admin().committed(group, topic),
  }
}

function withConsumer(log: MemoryLog, wrap: HarnessOptions['wrapConsumer']): MessageLog {
  if (wrap === undefined) return log
  return {
    kind: log.kind,
    description: log.description,
    consumer: (options) => wrap(log.consumer(options)),
    producer: () => log.producer(),
    admin: () => log.admin(),
    read: (from, options) => log.read(from, options),
    close: () => log.close(),
  }
}

/** The same consumer with some of its methods replaced. */
export function replaceConsumer(consumer: LogConsumer, replaced: Partial<LogConsumer>): LogConsumer {
  return {
    start: (listener, call) => consumer.start(listener, call),
    pause: (partitions) => consumer.pause(partitions),
    resume: (partitions) => consumer.resume(partitions),
    commit: (requests) => consumer.commit(requests),
    lag: () => consumer.lag(),
    stop: () => consumer.stop(),
    ...replaced,
  }
}

function asAppLogger(logger: ReturnType<typeof createRecordingLogger>): AppLogger {
  const app: AppLogger = {
    debug: (event, fields) => logger.debug(event, fields),
    info: (event, fields) => logger.info(event, fields),
    warn: (event, fields) => logger.warn(event, fields),
    error: (event, fields) => logger.error(event, fields),
    critical: (event, fields) => logger.error(event, fields),
    child: () => app,
  }
  return app
}

async function send(log: MemoryLog, values: readonly unknown[], to: { partitions: number; partition: number | undefined }): Promise<void> {
  const producer = log.producer()
  await producer.connect({ signal: new AbortController().signal })
  await producer.send(
    values.map((value, index) => ({
      topic,
      partition: to.partition ?? index % to.partitions,
      value: bytes(value),
      key: Buffer.from(`k${index}`),
    })),
  )
  await producer.close()
}

function bytes(value: unknown): Uint8Array | null {
  if (value === null || value instanceof Uint8Array) return value
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
}

async function readJson(log: MemoryLog, from: string): Promise<readonly DeadLetterRecord[]> {
  const records: DeadLetterRecord[] = []
  const { signal } = new AbortController()
  for await (const record of log.read(from, { signal })) {
    if (record.value !== null) records.push(JSON.parse(Buffer.from(record.value).toString()))
  }
  return records
}
