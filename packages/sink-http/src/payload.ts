/** Payload of the HTTP sink. */
import { Type, type Static } from 'typebox'
import { payloadHeaderProblem } from './header-rules.ts'

/** One request (spec HTS-1, COL-5, COL-6). */
export const HttpPayload = Type.Object(
  {
    data: Type.Unknown({ description: 'The body, written as JSON text. Anything that has JSON text.' }),
    url: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Another URL, absolute or relative to the configured one, where `allow_url_override` is set.',
      }),
    ),
    headers: Type.Optional(
      Type.Refine(
        Type.Record(Type.String(), Type.String(), { description: 'Headers of this request, in the place of configured ones.' }),
        (value) => payloadHeaderProblem(value) === null,
        (value) => payloadHeaderProblem(value) ?? '',
      ),
    ),
  },
  { additionalProperties: false },
)
export type HttpPayload = Static<typeof HttpPayload>

declare module '@drakkar/plugin-sdk' {
  interface SinkPayloadMap {
    http: HttpPayload
  }
}
