/**
 * `defineSink`: a sink type as one value — schemas for its configuration and payloads, and a factory.
 */
import { Type, type Static, type TObject, type TSchema } from 'typebox'
import { classifyThrown } from './classify.ts'
import { PluginError } from './errors.ts'
import { failure, ok, type SinkResponse } from './response.ts'
import type { Sink, SinkCapabilities, SinkContext, DeliveryItem, DeliverCall } from './sink.ts'

/** Version of the sink contract. A package built for another major version is refused with a clear error. */
export const sinkContractVersion = 1

/** What a sink type looks like: snake_case, beginning with a letter. */
export const sinkTypePattern = /^[a-z][a-z0-9_]*$/

const brand = Symbol.for('drakkar.sink-definition')

/** Method syntax, so that a definition with its own configuration is usable where any definition is expected. */
interface IdempotenceRule<C> {
  decide(config: C): boolean
}

export interface SinkDefinition<C extends TObject = TObject, P extends TSchema = TSchema> {
  /** Registry key and configuration section `sinks.<type>.<instance>`. */
  readonly type: string
  /** Name of the list in `CollectResult`. Default: `type`. */
  readonly payloadKey: string
  /** Abbreviation in the summary line. Default: `type`. */
  readonly short: string
  /** Validation, defaults, documentation and JSON Schema of an instance's configuration. */
  readonly config: C
  /** Checked when the handler returns a payload. Must not contain the fields `sink` and `payloadId`: the framework owns them. */
  readonly payload: P
  /** May one payload be delivered twice without harm? Default false. An instance may override it in the configuration. */
  readonly idempotent: boolean | IdempotenceRule<Static<C>>['decide']
  readonly capabilities: SinkCapabilities
  readonly contractVersion: number
  create(config: Static<C>, context: SinkContext): Sink<Static<P>>
}

type Optional = 'payloadKey' | 'short' | 'idempotent' | 'capabilities' | 'contractVersion'

/** What an author writes: `type`, `config`, `payload` and `create` are required. */
export type SinkDefinitionInput<C extends TObject, P extends TSchema> = Omit<SinkDefinition<C, P>, Optional> &
  Partial<Pick<SinkDefinition<C, P>, Optional>>

/** The smallest sink: one function, called once per payload (spec BSP-1). A throw fails that payload alone. */
export interface FunctionSinkInput<P extends TSchema> {
  readonly type: string
  readonly payload?: P
  readonly payloadKey?: string
  readonly short?: string
  readonly idempotent?: boolean
  process(payload: Static<P>, item: DeliveryItem<Static<P>>, call: DeliverCall): Promise<void> | void
}

/**
 * Completes a definition with the defaults and marks it as one. `defineSink({ ...other, type: 'mine' })` derives a new
 * type from an existing definition without a subclass.
 *
 * Throws `PluginError` (`DRK_PLUGIN_INVALID`) naming what is missing.
 */
export function defineSink<P extends TSchema>(input: FunctionSinkInput<P>): SinkDefinition<TObject, P>
export function defineSink<C extends TObject, P extends TSchema>(input: SinkDefinitionInput<C, P>): SinkDefinition<C, P>
export function defineSink(input: FunctionSinkInput<TSchema> | SinkDefinitionInput<TObject, TSchema>): SinkDefinition {
  const complete = 'process' in input ? fromFunction(input) : input
  const problem = definitionProblem(complete)
  if (problem !== undefined) {
    throw new PluginError({ code: 'DRK_PLUGIN_INVALID', sinkType: String(complete.type), message: `defineSink: ${problem}` })
  }
  const definition: SinkDefinition = {
    ...complete,
    payloadKey: complete.payloadKey ?? complete.type,
    short: complete.short ?? complete.type,
    idempotent: complete.idempotent ?? false,
    capabilities: complete.capabilities ?? {},
    contractVersion: complete.contractVersion ?? sinkContractVersion,
  }
  Object.defineProperty(definition, brand, { value: true })
  return Object.freeze(definition)
}

/** True for what `defineSink` returned, also from another installed copy of this package. */
export function isSinkDefinition(value: unknown): value is SinkDefinition {
  return typeof value === 'object' && value !== null && brand in value
}

/** Instance configuration keys of the framework: stripped before a sink's schema sees the configuration (design 13). */
export const frameworkInstanceKeys = [
  'circuit_breaker',
  'idempotent',
  'batch',
  'max_in_flight',
  'retry',
  'fast_retries',
  'fallback',
  'on_success',
  'delivery_timeout_seconds',
  'connect_timeout_seconds',
  'lossy',
  'ui_url',
] as const

const reservedTypes: ReadonlySet<string> = new Set(['custom', 'circuit_breaker'])
const framedPayloadFields = ['sink', 'payloadId'] as const

function definitionProblem(input: Partial<SinkDefinitionInput<TObject, TSchema>>): string | undefined {
  if (typeof input.type !== 'string' || !sinkTypePattern.test(input.type)) return '`type` must be a snake_case name'
  if (reservedTypes.has(input.type)) return `\`type\` must not be "${input.type}"`
  if (typeof input.create !== 'function') return '`create` must be a function'
  if (!isObjectSchema(input.config)) return '`config` must be a TypeBox object schema'
  if (input.payload === undefined) return '`payload` must be a TypeBox schema'
  const configKey = frameworkInstanceKeys.find((key) => key in (input.config?.properties ?? {}))
  if (configKey !== undefined) return `\`config\` must not declare "${configKey}", which belongs to the framework`
  const properties = (input.payload as { properties?: Record<string, unknown> }).properties ?? {}
  const payloadField = framedPayloadFields.find((key) => key in properties)
  if (payloadField !== undefined) return `\`payload\` must not declare "${payloadField}", which belongs to the framework`
  return undefined
}

function isObjectSchema(schema: unknown): schema is TObject {
  return typeof schema === 'object' && schema !== null && (schema as { type?: unknown }).type === 'object'
}

function fromFunction(input: FunctionSinkInput<TSchema>): SinkDefinitionInput<TObject, TSchema> {
  const { process, payload, ...rest } = input
  return {
    ...rest,
    config: Type.Object({}, { additionalProperties: false }),
    payload: payload ?? Type.Object({ data: Type.Unknown() }),
    create: () => ({
      async deliver(batch, call) {
        return Promise.all(batch.map((item) => processOne(() => process(item.payload, item, call), item.id)))
      },
    }),
  }
}

async function processOne(run: () => Promise<void> | void, id: string): Promise<SinkResponse> {
  try {
    await run()
    return ok(id)
  } catch (error) {
    return failure(id, classifyThrown(error))
  }
}
