import { Socket } from 'node:net'
import { inspect } from 'node:util'
import { createRecordingLogger } from '@drakkar/plugin-sdk/testing'
import { expect, it } from 'vitest'
import { createPostgresClient } from './client.ts'

function client(logger = createRecordingLogger()) {
  const dsn = 'postgres://me:hunter2@127.0.0.1:1/db'
  const connection = { dsn, ssl: false, onConflict: null, applicationName: 'test', createSocket: () => new Socket() }
  return createPostgresClient({ ...connection, poolMin: 1, poolMax: 2, logger })
}

it('shows handlers a pool that does not show the password', () => {
  const { pool } = client()
  expect(inspect(pool, { depth: 9 })).not.toContain('hunter2')
  expect(JSON.stringify(pool.options)).not.toContain('hunter2')
})

it('survives the loss of an idle connection and logs it without credentials', () => {
  const logger = createRecordingLogger()
  client(logger).pool.emit('error', new Error('lost postgres://me:hunter2@host'), Object.create(null))
  expect(logger.entries).toMatchObject([{ level: 'warn', event: 'postgres_sink_connection_lost' }])
  expect(JSON.stringify(logger.entries)).not.toContain('hunter2')
})

it('rejects where nothing listens, leaves nothing open, and may be closed twice', async () => {
  const refused = client()
  await expect(refused.connect(new AbortController().signal)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  await refused.disconnect()
  await refused.disconnect()
  expect(refused.pool.totalCount).toBe(0)
})
