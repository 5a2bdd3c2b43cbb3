/** Configuration of the debugging sinks. */
import { Type, type Static } from 'typebox'

/** `sinks.null.<instance>` and `sinks.blackhole.<instance>`: nothing to configure. */
export const NullConfig = Type.Object({}, { additionalProperties: false, description: 'Discards every payload.' })

/** `sinks.pprint.<instance>`, `sinks.print.<instance>` and `sinks.log.<instance>`. */
export const PrintConfig = Type.Object(
  {
    stream: Type.Union([Type.Literal('stdout'), Type.Literal('stderr')], {
      default: 'stdout',
      description: 'Standard stream of the worker that is written to.',
    }),
  },
  { additionalProperties: false, description: 'Writes every payload to a standard stream, for debugging.' },
)
export type PrintConfig = Static<typeof PrintConfig>
