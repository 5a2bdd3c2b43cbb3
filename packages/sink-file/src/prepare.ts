/** What `connect` proves: the base directory is there and may be written to, the configured file may be created. */
import { dirname, resolve } from 'node:path'
import { SinkError } from '@drakkar/plugin-sdk'
import type { FileClient } from './client.ts'
import { resolveTarget, type Base } from './resolve-target.ts'

/** Throws a permanent `SinkError` naming `base_path` when it is no directory (spec FSS-2), else errors of the file system. */
export async function prepareBase(client: FileClient, basePath: string): Promise<Base> {
  const directory = resolve(basePath)
  const entry = await client.look(directory)
  if (entry?.kind !== 'directory') {
    const problem = entry === null ? 'does not exist' : 'is not a directory'
    throw new SinkError({ kind: 'permanent', code: 'DRK_SINK_CONNECT_FAILED', message: `base_path ${JSON.stringify(basePath)} ${problem}` })
  }
  const canonical = await client.realPath(directory)
  await client.assertWritable(canonical)
  return { directory, canonical }
}

/** For one configured file: the base, where one is set, and that the file exists or may be created. */
export async function prepareFile(client: FileClient, config: { readonly path: string; readonly base_path: string }): Promise<Base> {
  const isConfined = config.base_path !== ''
  const base = isConfined ? await prepareBase(client, config.base_path) : { directory: process.cwd(), canonical: null }
  const target = await resolveTarget(client, base, config.path)
  if (target.entry === null) await client.assertWritable(dirname(target.path))
  return base
}
