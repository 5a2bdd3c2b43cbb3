/** Managed sinks as the app makes them, without the app. */
import { defineSink, type DeliverCall, type DeliveryItem, type Sink, type SinkDefinition } from '@drakkar/plugin-sdk'
import { createFakeClock, createTestContext } from '@drakkar/plugin-sdk/testing'
import { Type } from 'typebox'
import { configuredInstances } from '../../src/config/instances.ts'
import { validateConfig } from '../../src/config/load-config.ts'
import { DeliveryGroup, type DeliveryOrigin } from '../../src/pipeline/sinks/delivery-group.ts'
import type { LanePorts } from '../../src/pipeline/sinks/lane.ts'
import { ManagedSink } from '../../src/pipeline/sinks/managed-sink.ts'
import { createRecordingAppLogger } from './recording-app-logger.ts'
import { messageAt } from './values.ts'

export interface ManagedSinkTest {
  readonly sink?: Partial<Sink<{ data: unknown }>>
  readonly definition?: Partial<SinkDefinition>
  readonly name?: string
  /** Framework keys of the instance. */
  readonly framework?: Readonly<Record<string, unknown>>
  readonly decide?: LanePorts['decide']
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
    { sinks: { [definition.type]: { [name]: options.framework ?? {} } } },
    { sinkSchemas: new Map([[definition.type, definition.config]]) },
  )
  const [instance] = configuredInstances(config)
  if (instance === undefined) throw new Error('no instance configured')
  const managed = new ManagedSink({
    definition: definition as SinkDefinition,
    instance,
    plugin: false,
    maxRetries: 0,
    context: createTestContext({ type: instance.type, name }),
    logger,
    ports: { clock, random: () => 0, decide: options.decide ?? (async () => 'settled') },
  })
  return { managed, delivered, logger, clock }
}

export const originAt = (offset: number): DeliveryOrigin => ({
  source: { topic: 'input', partition: 0, offsets: [offset], timestamps: [offset] },
  messages: [messageAt(offset)],
  taskIds: [],
  idPrefix: `m${offset}`,
  signal: new AbortController().signal,
})

export function deliverTo(managed: ManagedSink, data: unknown): Promise<boolean> {
  return managed.lane.submit(new DeliveryGroup(originAt(1), [{ payload: { data }, original: { data }, payloadId: null }], managed.path))
}
