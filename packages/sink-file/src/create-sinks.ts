/** What makes a `FileSink` one of the two types. */
import { resolve } from 'node:path'
import type { SinkContext } from '@drakkar/plugin-sdk'
import type { FileClient } from './client.ts'
import type { FileLineConfig, FilesystemConfig } from './config.ts'
import type { FileLinePayload, FilePayload } from './payload.ts'
import { prepareBase, prepareFile } from './prepare.ts'
import { remembering } from './remembering.ts'
import { jsonLine, plainLine } from './request.ts'
import type { Rotation } from './rotate.ts'
import { FileSink } from './sink.ts'

export interface CreateOptions<C> {
  readonly config: C
  readonly context: SinkContext
  readonly client: FileClient
}

export function createFilesystemSink({ config, context, client }: CreateOptions<FilesystemConfig>): FileSink<FilePayload> {
  const directory = resolve(config.base_path)
  const absolute = remembering((path) => resolve(directory, path))
  return new FileSink<FilePayload>({
    context,
    client,
    fsync: config.fsync,
    rotation: rotationOf(config),
    prepare: () => prepareBase(client, config.base_path),
    pathOf: (payload) => payload.path,
    orderingKeyOf: (payload) => absolute(payload.path),
    lineOf: (payload) => jsonLine(payload.data),
  })
}

export function createFileLineSink({ config, context, client }: CreateOptions<FileLineConfig>): FileSink<FileLinePayload> {
  return new FileSink<FileLinePayload>({
    context,
    client,
    fsync: config.fsync,
    rotation: rotationOf(config),
    prepare: () => prepareFile(client, config),
    pathOf: () => config.path,
    orderingKeyOf: () => config.path,
    lineOf: (payload) => plainLine(payload.data),
  })
}

function rotationOf(config: Pick<FilesystemConfig, 'rotate_bytes' | 'rotate_keep'>): Rotation | null {
  return config.rotate_bytes === 0 ? null : { bytes: config.rotate_bytes, keep: config.rotate_keep }
}
