/** A worker that writes down each step of its start and its stop, and in which any step can fail, hang, or meet a stop. */
import { defineSink, type SinkDefinition, systemClock, type Clock } from '@drakkar/plugin-sdk'
import type { ConsumerOptions, LogAdmin, LogConsumer, LogProducer, MessageLog } from '@drakkar/plugin-sdk/log'
import { Type } from 'typebox'
import { DrakkarApp } from '../../src/app.ts'
import { validateConfig } from '../../src/config/load-config.ts'
import type { AnyHandler } from '../../src/handler.ts'
import { MemoryLog } from '../../src/log/memory/memory-log.ts'
import type { AppLogger } from '../../src/observability/logger.ts'
import type { Executor } from '../../src/pipeline/executor/executor.ts'
import { SinkRegistry } from '../../src/registry/sink-registry.ts'
import { FakeExecutor } from './fake-executor.ts'
import { replaceConsumer } from './harness.ts'

export const steps = [
  'onStartup',
  'start executor',
  'describe source topic',
  'create dead-letter topic',
  'connect sink a',
  'connect sink b',
  'connect dead letters',
  'create consumer',
  'onReady',
  'align',
  'join group',
] as const

export type Step = (typeof steps)[number]

/** `throws`: the step fails. `stops`: a stop is asked for and the step succeeds. `hangs`: a stop is asked for and the step never ends. */
export interface Incident {
  readonly step: Step
  readonly how: 'throws' | 'stops' | 'hangs'
}

export class StartUp {
  /** Steps, log events (in parentheses) and closes, in order. */
  readonly timeline: string[] = []
  readonly app: DrakkarApp
  readonly failure = new Error('no luck')
  /** What the consumer was made with. */
  consumerOptions: ConsumerOptions | null = null
  readonly #incident: Incident | null
  /** Sleeps that have not ended. */
  sleeping = 0

  constructor(incident: Incident | null, handler: Partial<AnyHandler> = {}) {
    this.#incident = incident
    const sinks = ['a', 'b'].map((type) => this.#sink(type))
    const registry = new SinkRegistry()
    for (const sink of sinks) registry.register(sink)
    this.app = new DrakkarApp({
      handler: {
        arrange: () => [],
        onStartup: () => this.#at('onStartup'),
        onReady: () => this.#at('onReady'),
        periodic: { tick: { seconds: 3600, run: () => undefined } },
        ...handler,
      },
      config: validateConfig({
        kafka: { source_topic: 'input', group_instance_id: 'worker-1', startup_align_enabled: true, startup_align_interval_seconds: 1 },
        sinks: { a: { main: {} }, b: { main: {} } },
      }).config,
      registry,
      log: this.#log(),
      logger: this.#logger(),
      executor: this.#executor(),
      clock: this.#clock(),
      handleSignals: false,
    })
  }

  /** What was done, without log lines and closes. */
  get taken(): readonly string[] {
    return this.timeline.filter((entry) => !entry.startsWith('(') && !entry.startsWith('close '))
  }

  get closed(): readonly string[] {
    return this.timeline.flatMap((entry) => (entry.startsWith('close ') ? [entry.slice('close '.length)] : []))
  }

  #at(step: Step): Promise<void> {
    this.timeline.push(step)
    if (this.#incident?.step !== step) return Promise.resolve()
    if (this.#incident.how === 'throws') return Promise.reject(this.failure)
    this.app.stop()
    return this.#incident.how === 'hangs' ? new Promise(() => undefined) : Promise.resolve()
  }

  #close(what: string): void {
    this.timeline.push(`close ${what}`)
  }

  #sink(type: string): SinkDefinition {
    return defineSink({
      type,
      config: Type.Object({}, { additionalProperties: false }),
      payload: Type.Object({}),
      create: () => ({
        connect: () => this.#at(type === 'a' ? 'connect sink a' : 'connect sink b'),
        deliver: async () => undefined,
        close: async () => this.#close(`sink ${type}`),
      }),
    })
  }

  #executor(): Executor {
    const executor = new FakeExecutor()
    executor.start = () => this.#at('start executor')
    executor.close = async () => this.#close('executor')
    return executor
  }

  #clock(): Clock {
    const sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
      if (signal?.aborted === true) return
      const align = ms > 3000 && ms <= 5000
      if (align) await Promise.race([this.#at('align'), systemClock.sleep(3_600_000, signal)])
      else await systemClock.sleep(ms, signal)
    }
    return {
      ...systemClock,
      sleep: async (ms, signal) => {
        this.sleeping += 1
        await sleep(ms, signal).finally(() => (this.sleeping -= 1))
      },
    }
  }

  #logger(): AppLogger {
    const write = (event: string): void => void this.timeline.push(`(${event})`)
    const logger: AppLogger = { debug: () => undefined, info: write, warn: write, error: write, critical: write, child: () => logger }
    return logger
  }

  #log(): MessageLog {
    const log = new MemoryLog({ topics: { input: 2 } })
    return {
      kind: log.kind,
      description: log.description,
      consumer: (options) => {
        this.consumerOptions = options
        return this.#consumer(log.consumer(options))
      },
      producer: () => this.#producer(log.producer()),
      admin: () => this.#admin(log.admin()),
      read: (topic, options) => log.read(topic, options),
      close: async () => this.#close('log'),
    }
  }

  #consumer(consumer: LogConsumer): LogConsumer {
    const { step, how } = this.#incident ?? {}
    this.timeline.push('create consumer')
    if (step === 'create consumer' && how === 'throws') throw this.failure
    if (step === 'create consumer') this.app.stop()
    let isOpen = true
    return replaceConsumer(consumer, {
      start: async (listener, call) => {
        await this.#at('join group')
        await consumer.start(listener, call)
      },
      stop: async () => {
        if (isOpen) this.#close('consumer')
        isOpen = false
        await consumer.stop()
      },
    })
  }

  #producer(producer: LogProducer): LogProducer {
    return {
      connect: async (call) => {
        await this.#at('connect dead letters')
        await producer.connect(call)
      },
      send: (records) => producer.send(records),
      close: async () => this.#close('dead-letter producer'),
    }
  }

  #admin(admin: LogAdmin): LogAdmin {
    return {
      createTopic: async (topic, partitions) => {
        await this.#at('create dead-letter topic')
        await admin.createTopic(topic, partitions)
      },
      describeTopic: async (topic) => {
        if (topic === 'input') await this.#at('describe source topic')
        return admin.describeTopic(topic)
      },
      offsets: (topic) => admin.offsets(topic),
      committed: (group, topic) => admin.committed(group, topic),
      deleteRecords: (topic, partition, before) => admin.deleteRecords(topic, partition, before),
      close: () => admin.close(),
    }
  }
}
