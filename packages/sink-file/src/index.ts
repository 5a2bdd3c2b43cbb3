/** `@drakkar/sink-file`: appends lines to files. The default export is the type `filesystem`. */
import { defineSink } from '@drakkar/plugin-sdk'
import { createFileClient } from './client.ts'
import { FileLineConfig, FilesystemConfig } from './config.ts'
import { FileLinePayload, FilePayload } from './payload.ts'
import { prepareBase, prepareFile } from './prepare.ts'
import { jsonLine, plainLine } from './request.ts'
import { FileSink } from './sink.ts'

/** JSON lines, the file named by each payload (spec 13.6). */
export const filesystemSink = defineSink({
  type: 'filesystem',
  payloadKey: 'files',
  short: 'fs',
  config: FilesystemConfig,
  payload: FilePayload,
  capabilities: { batching: true, ordered: true },
  create: (config, context) =>
    new FileSink<FilePayload>({
      context,
      client: createFileClient(),
      fsync: config.fsync,
      prepare: (client) => prepareBase(client, config.base_path),
      pathOf: (payload) => payload.path,
      lineOf: (payload) => jsonLine(payload.data),
    }),
})

/** Plain lines to one configured file (spec BSP-15). */
export const fileLineSink = defineSink({
  type: 'file_line',
  config: FileLineConfig,
  payload: FileLinePayload,
  capabilities: { batching: true, ordered: true },
  create: (config, context) =>
    new FileSink<FileLinePayload>({
      context,
      client: createFileClient(),
      fsync: config.fsync,
      prepare: (client) => prepareFile(client, config),
      pathOf: () => config.path,
      lineOf: (payload) => plainLine(payload.data),
    }),
})

export default filesystemSink

export type { FilePayload, FileLinePayload } from './payload.ts'
export type { FileLineConfig, FilesystemConfig } from './config.ts'
