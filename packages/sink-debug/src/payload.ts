/** Payloads of the debugging sinks. Each type has a `CollectResult` list under its own name. */
import { Type, type Static } from 'typebox'

/** Anything: it is discarded. */
export const NullPayload = Type.Object({
  data: Type.Optional(Type.Unknown({ description: 'Any value, or none.' })),
})
export type NullPayload = Static<typeof NullPayload>

export const PrintPayload = Type.Object(
  {
    data: Type.Unknown({ description: 'Any value, also one that has no JSON text: cyclic, deep, a Map.' }),
  },
  { additionalProperties: false },
)
export type PrintPayload = Static<typeof PrintPayload>

declare module '@drakkar/plugin-sdk' {
  interface SinkPayloadMap {
    null: NullPayload
    blackhole: NullPayload
    pprint: PrintPayload
    print: PrintPayload
    log: PrintPayload
  }
}
