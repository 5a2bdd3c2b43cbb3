/** `@drakkar/sink-file`: appends lines to files. The default export is the type `filesystem`. */
import { defineSink } from '@drakkar/plugin-sdk'
import { createFileClient } from './client.ts'
import { FileLineConfig, FilesystemConfig } from './config.ts'
import { createFileLineSink, createFilesystemSink } from './create-sinks.ts'
import { FileLinePayload, FilePayload } from './payload.ts'

/** JSON lines, the file named by each payload (spec 13.6). */
export const filesystemSink = defineSink({
  type: 'filesystem',
  payloadKey: 'files',
  short: 'fs',
  config: FilesystemConfig,
  payload: FilePayload,
  capabilities: { batching: true, ordered: true },
  create: (config, context) => createFilesystemSink({ config, context, client: createFileClient() }),
})

/** Plain lines to one configured file (spec BSP-15). */
export const fileLineSink = defineSink({
  type: 'file_line',
  config: FileLineConfig,
  payload: FileLinePayload,
  capabilities: { batching: true, ordered: true },
  create: (config, context) => createFileLineSink({ config, context, client: createFileClient() }),
})

export default filesystemSink

export type { FilePayload, FileLinePayload } from './payload.ts'
export type { FileLineConfig, FilesystemConfig } from './config.ts'
