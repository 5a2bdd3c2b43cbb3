import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openSqlite } from './sqlite-client.ts'
import type { Sqlite } from './sqlite-client.ts'

let directory = ''
let path = ''
const connections: Sqlite[] = []

async function open(mode: 'create' | 'write' | 'read' = 'create'): Promise<Sqlite> {
  const connection = await openSqlite(path, { mode, busyTimeoutMs: 200 })
  connections.push(connection)
  return connection
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'drakkar-sqlite-'))
  path = join(directory, 'test.db')
})

afterEach(async () => {
  for (const connection of connections.splice(0)) await connection.close()
  await rm(directory, { recursive: true })
})

it('runs statements in one transaction and answers changes and returned rows', async () => {
  const sqlite = await open()
  const results = await sqlite.run([
    { sql: 'CREATE TABLE things (name TEXT, data BLOB)' },
    { sql: 'INSERT INTO things VALUES (?, ?) RETURNING name', params: ['a', Uint8Array.of(1, 0, 255)] },
    { sql: 'UPDATE things SET name = ?', params: ['b'] },
  ])
  expect(results[1]?.rows).toEqual([{ name: 'a' }])
  expect(results[2]?.changes).toBe(1)
  expect(await sqlite.all('SELECT name, data FROM things')).toEqual([{ name: 'b', data: Uint8Array.of(1, 0, 255) }])
})

it('keeps nothing of a transaction that fails, and the code of the failure', async () => {
  const sqlite = await open()
  await sqlite.run([{ sql: 'CREATE TABLE things (name TEXT UNIQUE)' }])
  const insert = { sql: 'INSERT INTO things VALUES (?)', params: ['a'] }
  await expect(sqlite.run([insert, insert])).rejects.toMatchObject({ code: 'SQLITE_CONSTRAINT_UNIQUE' })
  expect(await sqlite.all('SELECT * FROM things')).toEqual([])
})

it('stores only the slice that was given, not the memory behind it', async () => {
  const sqlite = await open()
  const large = Buffer.alloc(10_000, 7)
  await sqlite.run([{ sql: 'CREATE TABLE things (data BLOB)' }, { sql: 'INSERT INTO things VALUES (?)', params: [large.subarray(10, 13)] }])
  expect(await sqlite.all('SELECT data FROM things')).toEqual([{ data: Uint8Array.of(7, 7, 7) }])
})

it('ends a query when the rows have reached the size asked for, with at least one row', async () => {
  const sqlite = await open()
  const insert = { sql: 'INSERT INTO things VALUES (?)', params: [new Uint8Array(100)] }
  await sqlite.run([{ sql: 'CREATE TABLE things (data BLOB)' }, insert, insert, insert, insert])
  expect(await sqlite.all('SELECT data FROM things', [], { maxBytes: 250 })).toHaveLength(3)
  expect(await sqlite.all('SELECT data FROM things', [], { maxBytes: 1 })).toHaveLength(1)
})

it('two connections write to one file; one that only reads sees it and cannot write', async () => {
  const [first, second] = [await open(), await open()]
  await first.run([{ sql: 'CREATE TABLE things (name TEXT)' }])
  await second.run([{ sql: 'INSERT INTO things VALUES (?)', params: ['a'] }], { durable: true })
  const reader = await open('read')
  expect(await reader.all('SELECT name FROM things')).toEqual([{ name: 'a' }])
  await expect(reader.run([{ sql: 'DELETE FROM things' }])).rejects.toMatchObject({ code: 'SQLITE_READONLY' })
})

it('refuses a file that is missing or not a database, and leaves the latter as it was', async () => {
  await expect(openSqlite(path, { mode: 'write' })).rejects.toMatchObject({ code: 'SQLITE_CANTOPEN' })
  await writeFile(path, 'this is a text file, and a rather long one at that. '.repeat(100))
  await expect(openSqlite(path, { mode: 'create' })).rejects.toMatchObject({ code: 'SQLITE_NOTADB' })
  expect(await readFile(path, 'utf8')).toMatch(/^this is a text file/)
})

it('finishes what was asked before close, and refuses what comes after it', async () => {
  const sqlite = await open()
  const running = sqlite.run([{ sql: 'CREATE TABLE things (name TEXT)' }])
  const closing = Promise.all([sqlite.close(), sqlite.close()])
  await expect(sqlite.all('SELECT 1')).rejects.toMatchObject({ code: 'DRK_SQLITE_CLOSED' })
  await running
  await closing
  expect(await (await open('write')).all('SELECT name FROM sqlite_master')).toEqual([{ name: 'things' }])
})
