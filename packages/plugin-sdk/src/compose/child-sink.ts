/** The children of a composed sink: their definitions, their place in its configuration, and the sinks made of them. */
import { Type, type Static, type TObject, type TSchema } from 'typebox'
import type { SinkDefinition } from '../define-sink.ts'
import { errorMessage, SinkError } from '../errors.ts'
import { redactText } from '../redact.ts'
import { described } from '../schema.ts'
import type { Sink, SinkContext } from '../sink.ts'
import { compileSchema } from '../validate.ts'

/** A child that takes another payload than its parent. */
export interface ChildSink<P> {
  readonly definition: SinkDefinition
  /** Pure. A throw is a permanent failure of the payload. */
  convert(payload: P): unknown
}

/** A definition takes the parent's payload as it is. */
export type ChildInput<P> = SinkDefinition | ChildSink<P>

/** Gives a child its own payload; what `convert` returns is typed by the child and checked against its schema. */
export function childSink<P, C extends TObject, S extends TSchema>(
  definition: SinkDefinition<C, S>,
  convert: (payload: P) => Static<S>,
): ChildSink<P> {
  return { definition, convert }
}

/** A child of one instance. */
export interface Child {
  /** Its key among the children; names it in errors and in the configuration. */
  readonly name: string
  readonly definition: SinkDefinition
  readonly sink: Sink<unknown>
  /** The child's own payload. Throws a permanent `SinkError` (`DRK_SINK_PAYLOAD_INVALID`). */
  toPayload(payload: unknown): unknown
}

type ChildInputs<P> = Readonly<Record<string, ChildInput<P>>>

/** One key per child, with the child's own configuration below it. */
export function childrenConfig<P>(children: ChildInputs<P>): TObject {
  const properties = Object.entries(children).map(([name, child]) => {
    const { config, type } = definitionOf(child)
    const schema = described(config, `Configuration of the child \`${name}\`, as for the sink type \`${type}\`.`)
    // A child that needs no configuration need not be written down; one that does names its missing keys itself.
    return [name, Object.assign(schema, { default: {} })] as const
  })
  return Type.Object(Object.fromEntries(properties), { additionalProperties: false })
}

/** A composed sink may repeat a payload only when each of its children may. */
export function childrenIdempotent<P>(children: ChildInputs<P>): (config: object) => boolean {
  return (config) => Object.entries(children).every(([name, child]) => isIdempotent(definitionOf(child), childConfig(config, name)))
}

function isIdempotent({ idempotent }: SinkDefinition, config: Record<string, unknown>): boolean {
  return typeof idempotent === 'function' ? idempotent(config) : idempotent
}

export function definitionOf<P>(child: ChildInput<P>): SinkDefinition {
  return 'convert' in child ? child.definition : child
}

/** Makes the sinks of one instance. `config` is what `childrenConfig` describes. */
export function createChildren<P>(
  inputs: ChildInputs<P>,
  instance: { readonly config: object; readonly context: SinkContext; readonly payload: TSchema },
): readonly Child[] {
  return Object.entries(inputs).map(([name, input]) => {
    const definition = definitionOf(input)
    const context = { ...instance.context, type: definition.type, name: `${instance.context.name}.${name}` }
    const sink: Sink<unknown> = definition.create(childConfig(instance.config, name), context)
    return { name, definition, sink, toPayload: payloadMaker(input, instance.payload) }
  })
}

function childConfig(config: object, name: string): Record<string, unknown> {
  const found: unknown = Reflect.get(config, name)
  return typeof found === 'object' && found !== null ? { ...found } : {}
}

function payloadMaker<P>(input: ChildInput<P>, parent: TSchema): (payload: unknown) => unknown {
  const { payload: schema } = definitionOf(input)
  if (!('convert' in input) && schema === parent) return (payload) => payload
  const compiled = compileSchema(schema)
  const convert: (payload: never) => unknown = 'convert' in input ? (payload) => input.convert(payload) : (payload) => payload
  return (payload) => {
    const converted = runConvert(convert, payload)
    const [issue] = compiled.issues(converted)
    if (issue === undefined) return converted
    throw invalidPayload(`${issue.path === '' ? 'the payload' : issue.path} ${issue.message}`)
  }
}

function runConvert(convert: (payload: never) => unknown, payload: unknown): unknown {
  try {
    return Reflect.apply(convert, undefined, [payload])
  } catch (error) {
    throw invalidPayload(redactText(errorMessage(error)), error)
  }
}

function invalidPayload(reason: string, cause?: unknown): SinkError {
  return new SinkError({ kind: 'permanent', code: 'DRK_SINK_PAYLOAD_INVALID', message: `Not a payload of this sink: ${reason}`, cause })
}
