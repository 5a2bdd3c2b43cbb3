/** Payloads of the file sinks. */
import { Type, type Static } from 'typebox'

/** One JSON line for one file. */
export const FilePayload = Type.Object(
  {
    path: Type.String({ description: 'File below `base_path`; relative to it, or absolute and inside it.' }),
    data: Type.Unknown({ description: 'Any value that has JSON text; written as one line.' }),
  },
  { additionalProperties: false },
)
export type FilePayload = Static<typeof FilePayload>

/** One plain line for the configured file. */
export const FileLinePayload = Type.Object(
  {
    data: Type.Unknown({ description: 'A string or bytes, written as they are; any other value as JSON.' }),
  },
  { additionalProperties: false },
)
export type FileLinePayload = Static<typeof FileLinePayload>

declare module '@drakkar/plugin-sdk' {
  interface SinkPayloadMap {
    files: FilePayload
    file_line: FileLinePayload
  }
}
