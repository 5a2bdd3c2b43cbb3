/** Managed sinks as the app makes them, without the app. */
import { defineSink, type DeliverCall, type DeliveryItem, type Sink, type SinkDefinition } from '@drakkar/plugin-sdk'
import { createFakeClock, createTestContext } from '@drakkar/plugin-sdk/testing'
import { Type } from 'typebox'
import { configuredInstances } from '../../src/config/instances.ts'
import { validateConfig } from '../../src/config/load-config.ts'
import { DeliveryGroup, type DeliveryOrigin } from '../../src/pipeline/sinks/delivery-group.ts'
import type { PayloadConverter } from '../../src/pipeline/sinks/hand-over.ts'
import { ManagedSink } from '../../src/pipeline/sinks/managed-sink.ts'
import type { ExitPorts } from '../../src/pipeline/sinks/settle-failure.ts'
import { createRecordingAppLogger } from './recording-app-logger.ts'
import { messageAt } from './values.ts'

export interface ManagedSinkTest {
  readonly sink?: Partial<Sink<{ data: unknown }>>
  readonly definition?: Partial<SinkDefinition>
  readonly name?: string
  /** Framework keys of the instance. */
  readonly framework?: Readonly<Record<string, unknown>>
  /** Default: SKIP. */
  readonly ask?: ExitPorts['ask']
  readonly deadLetter?: ExitPorts['deadLetter']
  readonly convert?: PayloadConverter
}

export function createManagedSink(options: ManagedSinkTest = {}) {
  const logger = createRecordingAppLogger()
  const clock = createFakeClock()
  const delivered: unknown[] = []
  const definition = defineSink({
    type: options.definition?.type ?? 'record',
    config: Type.Object({}, { additionalProperties: false }),
    payload: Type.Object({ data: Type.Unknown() }, { additionalProperties: false }),
    ...options.definition,
    create: () => ({
      deliver: async (items: readonly DeliveryItem<{ data: unknown }>[], _call: DeliverCall) => {
        delivered.push(...items.map(({ payload }) => payload.data))
      },
      ...options.sink,
    }),
  })
  const name = options.name ?? 'main'
  const { config } = validateConfig(
    { sinks: withLinked(options.framework ?? {}, definition.type, name) },
    { sinkSchemas: new Map([definition.type, 'other'].map((type) => [type, definition.config])) },
  )
  const instance = configuredInstances(config).find((one) => one.type === definition.type && one.name === name)
  if (instance === undefined) throw new Error('no instance configured')
  const managed = new ManagedSink({
    definition: definition as SinkDefinition,
    instance,
    plugin: false,
    maxRetries: 0,
    context: createTestContext({ type: instance.type, name }),
    logger,
    convert: options.convert ?? null,
    ports: { clock, random: () => 0, serve: async () => undefined, throttle: () => undefined },
    exits: () => ({
      ask: options.ask ?? (async () => 'SKIP'),
      deadLetter: options.deadLetter ?? (async () => 'dead_lettered'),
    }),
  })
  return { managed, delivered, logger, clock }
}

/** The instance, and those its `fallback` and `on_success` name. */
function withLinked(framework: Readonly<Record<string, unknown>>, type: string, name: string): Record<string, Record<string, unknown>> {
  const sinks: Record<string, Record<string, unknown>> = { [type]: { [name]: framework } }
  for (const path of [framework['fallback'], framework['on_success']]) {
    const [linkedType = '', linkedName = ''] = typeof path === 'string' ? path.split('/') : []
    if (linkedName !== '') sinks[linkedType] = { ...sinks[linkedType], [linkedName]: sinks[linkedType]?.[linkedName] ?? {} }
  }
  return sinks
}

export const originAt = (offset: number): DeliveryOrigin => ({
  source: { topic: 'input', partition: 0, offsets: [offset], timestamps: [offset] },
  messages: [messageAt(offset)],
  taskIds: [],
  idPrefix: `m${offset}`,
  signal: new AbortController().signal,
})

export function deliverTo(managed: ManagedSink, data: unknown): Promise<boolean> {
  const routed = [{ payload: { data }, original: { data }, list: managed.payloadKey, payloadId: null }]
  return managed.lane.submit(new DeliveryGroup(originAt(1), routed, managed.grouping))
}
