import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Default } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { KafkaSinkConfig } from './config.ts'
import { chooseConnection, readTls, saslOptions } from './connection.ts'

const config = (own: object) => Default(KafkaSinkConfig, { topic: 't', ...own }) as KafkaSinkConfig
const source = { brokers: ['source:9092'], tls: true, sasl: { mechanism: 'plain', username: 'u', password: 'p' } }

describe('chooseConnection (KFS-2)', () => {
  it('takes brokers, TLS and SASL of the source together', () => {
    expect(chooseConnection(config({ tls: false }), source)).toEqual(source)
  })

  it('takes none of them from the source when the sink names brokers', () => {
    expect(chooseConnection(config({ brokers: 'a:1, b:2,' }), source)).toEqual({ brokers: ['a:1', 'b:2'], tls: false, sasl: null })
  })

  it.each([null, { ...source, brokers: [] }])('fails clearly without brokers (%j)', (none) => {
    expect(() => chooseConnection(config({}), none)).toThrow('No brokers')
  })
})

describe('readTls', () => {
  it.each([
    [true, true],
    [false, false],
    [null, false],
  ])('%j becomes %j', async (tls, expected) => {
    expect(await readTls(tls)).toBe(expected)
  })

  it('reads the certificates', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'drakkar-tls-'))
    try {
      const ca_file = join(directory, 'ca.pem')
      await writeFile(ca_file, 'PEM')
      expect(await readTls({ ca_file, server_name: 'broker' })).toEqual({ rejectUnauthorized: true, ca: 'PEM', servername: 'broker' })
    } finally {
      await rm(directory, { recursive: true })
    }
  })

  it('names a file it cannot read', async () => {
    await expect(readTls({ ca_file: '/no/such.pem' })).rejects.toThrow('"/no/such.pem" cannot be read')
  })

  it('refuses settings it does not know', async () => {
    await expect(readTls({ rejectUnauthorized: false })).rejects.toThrow('not understood')
  })
})

describe('saslOptions', () => {
  it('passes credentials on and keeps none for null', () => {
    expect(saslOptions({ mechanism: 'scram-sha-512', username: 'u', password: 'p' })).toEqual({
      mechanism: 'scram-sha-512',
      username: 'u',
      password: 'p',
    })
    expect(saslOptions(null)).toBeUndefined()
  })

  it('does not show a secret in its refusal', () => {
    expect(() => saslOptions({ mechanism: 'md5', username: 'u', password: 'hunter2' })).toThrow(/^(?!.*hunter2)/)
  })
})
