import type { LookupAddress, LookupOptions } from 'node:dns'
import { SinkError } from '@drakkar/plugin-sdk'
import { expect, it } from 'vitest'
import { createHttpClient } from './client.ts'
import { guardedLookup } from './guarded-lookup.ts'
import { Receiver } from '../test/receiver.ts'

const ip4 = (address: string): LookupAddress => ({ address, family: 4 })

function ask(addresses: readonly LookupAddress[] | Error, options: LookupOptions): Promise<unknown> {
  const lookup = guardedLookup(async () => {
    if (addresses instanceof Error) throw addresses
    return addresses
  })
  return new Promise((resolve, reject) => {
    lookup('receiver', options, (error, address, family) => (error === null ? resolve([address, family]) : reject(error)))
  })
}

it('gives all addresses, or the first', async () => {
  const addresses = [ip4('10.0.0.1'), ip4('10.0.0.2')]
  expect(await ask(addresses, { all: true })).toEqual([addresses, undefined])
  expect(await ask(addresses, {})).toEqual(['10.0.0.1', 4])
})

it('refuses a name of which one address is forbidden', async () => {
  await expect(ask([ip4('10.0.0.1'), ip4('169.254.169.254')], { all: true })).rejects.toMatchObject({ kind: 'permanent' })
})

it('fails for a name without an address, and hands on what the resolver says', async () => {
  await expect(ask([], { all: true })).rejects.toMatchObject({ code: 'ENOTFOUND' })
  const error = Object.assign(new Error('getaddrinfo EAI_AGAIN'), { code: 'EAI_AGAIN' })
  await expect(ask(error, { all: true })).rejects.toBe(error)
})

it.each([
  ['configured', 'http://rebinding.test'],
  ['named by a payload', 'http://configured.test'],
])('guards every connection to a server that is %s, and connects to the address it has seen (HTS-7)', async (_what, configured) => {
  await using receiver = await Receiver.start()
  const { port } = new URL(receiver.url)
  const answers = [[ip4('127.0.0.1')], [ip4('127.0.0.1')], [ip4('169.254.169.254')]]
  const client = createHttpClient({
    origin: `${configured}:${port}`,
    method: 'POST',
    connections: 1,
    timeoutMs: 10_000,
    tls: {},
    resolve: async () => answers.shift() ?? [],
  })
  const { signal } = new AbortController()
  const request = { origin: `http://rebinding.test:${port}`, path: '/', headers: {}, body: '1' }
  const limits = { signal, timeoutMs: 10_000 }
  await client.reach(signal)
  receiver.answer = (_received, response) => void response.writeHead(200, { connection: 'close' }).end()
  expect(await client.send(request, limits)).toMatchObject({ status: 200 })
  const refused: unknown = await client.send(request, limits).catch((error: unknown) => error)
  expect(SinkError.isInstance(refused) && refused.message).toContain('resolves to a metadata service')
  expect(receiver.received).toHaveLength(1)
  await client.close(1000)
})
