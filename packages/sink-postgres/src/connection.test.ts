import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { errorMessage } from '@drakkar/plugin-sdk'
import { Default } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { PostgresSinkConfig } from './config.ts'
import { checkConfig, readTls } from './connection.ts'

const config = (own: object) => Default(PostgresSinkConfig, { dsn: 'postgres://u:hunter2@h/d', ...own }) as PostgresSinkConfig

function problem(own: object): string {
  try {
    checkConfig(config(own))
  } catch (error) {
    expect(error).toMatchObject({ code: 'DRK_CONFIG_INVALID' })
    return errorMessage(error)
  }
  return 'none'
}

describe('checkConfig', () => {
  it.each([
    {},
    { pool_min: 3, pool_max: 3 },
    { dsn: 'postgresql://h:5433/d?sslmode=verify-full' },
    { tls: true },
    { dsn: 'socket:/run/postgresql?db=d' },
  ])('accepts %j', (own) => {
    expect(problem(own)).toBe('none')
  })

  it.each([
    [{ pool_min: 4, pool_max: 3 }, 'pool_min (4) must not be greater than pool_max (3)'],
    [{ dsn: 'host=h password=hunter2' }, 'dsn must be a URL'],
    [{ dsn: 'postgres://u:hunter2@h:port/d' }, 'dsn must be a URL'],
    [{ dsn: 'postgres://u:hunter2@h/d?sslmode=disable', tls: true }, 'exclude each other'],
  ])('refuses %j without showing the password (CFG-31)', (own, text) => {
    expect(problem(own)).toContain(text)
    expect(problem(own)).not.toContain('hunter2')
  })

  it('leaves a certificate that cannot be read to connect', () => {
    expect(problem({ dsn: 'postgres://h/d?sslrootcert=/no/such.pem' })).toBe('none')
  })
})

describe('readTls', () => {
  it.each([true, false])('passes %s on', async (tls) => {
    expect(await readTls(tls)).toBe(tls)
  })

  it('reads the certificates', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'drakkar-tls-'))
    try {
      const ca_file = join(directory, 'ca.pem')
      await writeFile(ca_file, 'PEM')
      const { tls } = config({ tls: { ca_file, passphrase: 'p', reject_unauthorized: false } })
      expect(await readTls(tls)).toEqual({ rejectUnauthorized: false, ca: 'PEM', passphrase: 'p' })
    } finally {
      await rm(directory, { recursive: true })
    }
  })

  it('names a file it cannot read', async () => {
    await expect(readTls(config({ tls: { key_file: '/no/such.pem' } }).tls)).rejects.toThrow('"/no/such.pem" cannot be read')
  })
})
