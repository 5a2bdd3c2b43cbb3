import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Default } from 'typebox/value'
import { expect, it } from 'vitest'
import { forOtherServers, readTls, TlsConfig } from './tls.ts'

const settings = (given: object) => Default(TlsConfig, given) as TlsConfig

it('is empty without settings', async () => {
  expect(await readTls(null)).toEqual({})
})

it('reads the certificates', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'drakkar-tls-'))
  try {
    const ca_file = join(directory, 'ca.pem')
    await writeFile(ca_file, 'PEM')
    expect(await readTls(settings({ ca_file, server_name: 'server', passphrase: 'p' }))).toEqual({
      rejectUnauthorized: true,
      ca: 'PEM',
      servername: 'server',
      passphrase: 'p',
    })
  } finally {
    await rm(directory, { recursive: true })
  }
})

it('names a file it cannot read', async () => {
  await expect(readTls(settings({ key_file: '/no/such.pem' }))).rejects.toMatchObject({
    kind: 'permanent',
    message: 'The TLS file "/no/such.pem" cannot be read',
  })
})

it('keeps certificate, name and blind trust from other servers', () => {
  const certificate = { cert: 'c', key: 'k', passphrase: 'p', servername: 's', rejectUnauthorized: false }
  expect([forOtherServers({ ...certificate, ca: 'PEM' }), forOtherServers(certificate)]).toEqual([{ ca: 'PEM' }, {}])
})
