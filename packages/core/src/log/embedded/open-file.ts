/** Opens the file of an embedded log, and makes it when it is missing. */
import { mkdir, open, realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import { LogError } from '@drakkar/plugin-sdk/log'
import { openSqlite } from '../../runtime/sqlite/sqlite-client.ts'
import type { Sqlite } from '../../runtime/sqlite/sqlite-client.ts'
import { applicationId, schemaStatements, schemaVersion } from './schema.ts'

/** Only its user may read the messages; SQLite gives its side files the same mode. */
const fileMode = 0o600
const directoryMode = 0o700

export interface OpenedFile {
  readonly sqlite: Sqlite
  /** Absolute, without symbolic links: the same for every handle onto the file. */
  readonly file: string
}

/** Rejects when the file is damaged, not an embedded log, or newer than this version; it is never changed or deleted then. */
export async function openFile(path: string): Promise<OpenedFile> {
  await mkdir(dirname(path), { recursive: true, mode: directoryMode })
  const handle = await open(path, 'a', fileMode)
  await handle.close()
  const file = await realpath(path)
  const sqlite = await openSqlite(file, { mode: 'create' })
  try {
    await prepareSchema(sqlite, path)
    return { sqlite, file }
  } catch (error) {
    await sqlite.close()
    throw error
  }
}

async function prepareSchema(sqlite: Sqlite, path: string): Promise<void> {
  if (await hasSchema(sqlite, path)) return
  try {
    await sqlite.run(schemaStatements, { durable: true })
  } catch (error) {
    // Another process may have been faster; whatever else it is comes up again.
    if (!(await hasSchema(sqlite, path))) throw error
  }
}

/** False: the file is empty. */
async function hasSchema(sqlite: Sqlite, path: string): Promise<boolean> {
  const [tables] = await sqlite.all('SELECT count(*) AS count FROM sqlite_master')
  if (tables?.['count'] === 0) return false
  const [application] = await sqlite.all('PRAGMA application_id')
  if (application?.['application_id'] !== applicationId) throw refused(`${path} is an SQLite file, but not an embedded log`)
  const [version] = await sqlite.all('PRAGMA user_version')
  if (version?.['user_version'] === schemaVersion) return true
  throw refused(`embedded log ${path} has layout ${String(version?.['user_version'])}; this version reads layout ${schemaVersion}`)
}

function refused(message: string): LogError {
  return new LogError({ kind: 'permanent', message })
}
