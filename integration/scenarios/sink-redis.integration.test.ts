/**
 * The Redis sink on a real server: what it writes, and faults F27, F28 and F30. What the sink answered with ok is in Redis,
 * whatever happened to server and network; a sink that lost its server works again without help.
 */
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createServer } from 'node:tls'
import { inspect } from 'node:util'
import { ok, type SinkHandleMap, type SinkResponse } from '@drakkar/plugin-sdk'
import { createTestContext, createTestSink, deliverCall, deliveryItem } from '@drakkar/plugin-sdk/testing'
import redisSink, { type RedisPayload } from '@drakkar/sink-redis'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { ServiceHandle } from '../services/service.ts'
import { startService } from '../services/start-service.ts'
import { FaultProxy } from '../support/fault-proxy.ts'
import { certificate, privateKey } from '../support/test-certificate.ts'

let redis: ServiceHandle
const ending: (() => Promise<void>)[] = []

beforeAll(async () => {
  redis = await startService('redis')
})

afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end()
})

afterAll(async () => {
  await redis.dispose()
})

const address = () => new URL(redis.url)

async function startProxy(): Promise<FaultProxy> {
  const proxy = await FaultProxy.start({ host: address().hostname, port: Number(address().port) })
  ending.push(() => proxy.close())
  return proxy
}

async function connected(config: object = {}) {
  const context = createTestContext({ type: 'redis' })
  const sink = createTestSink(redisSink, { url: redis.url, ...config }, context)
  ending.push(async () => sink.close?.(deliverCall()))
  await sink.connect?.(deliverCall())
  return {
    sink,
    context,
    driver: () => sink.handle as SinkHandleMap['redis'],
    /** `ok`, or kind and text of the error, in the order of the payloads. */
    async deliver(...payloads: readonly RedisPayload[]): Promise<string[]> {
      const items = payloads.map((payload) => deliveryItem(payload))
      const responses = (await sink.deliver(items, deliverCall())) ?? items.map(({ id }) => ok(id))
      return items.map(({ id }) => shown(responses.find((response) => response.id === id)))
    },
  }
}

function shown(response: SinkResponse | undefined): string {
  if (response?.status !== 'failure') return response?.status ?? 'no answer'
  return typeof response.error === 'string' ? response.error : `${response.error.kind}: ${response.error.message}`
}

it('writes JSON text, keeps order within a key, sets and removes expiries (RDS-1, RDS-3)', async () => {
  const main = await connected({ key_prefix: 'p:' })
  expect(
    await main.deliver(
      { key: 'a', data: { text: 'é', big: 2n ** 60n } },
      { key: 'b', data: 1, ttl: 1000 },
      { key: 'b', data: 2, ttl: 2000 },
      { key: 'c', data: 1, ttl: 1000 },
      { key: 'c', data: null, ttl: null },
    ),
  ).toEqual(['ok', 'ok', 'ok', 'ok', 'ok'])
  const driver = main.driver()
  expect(await driver.mget('p:a', 'p:b', 'p:c')).toEqual(['{"text":"é","big":1152921504606846976}', '2', 'null'])
  expect(await driver.ttl('p:b')).toBeGreaterThan(1000)
  expect(await driver.ttl('p:c')).toBe(-1)
})

it('a key expires', async () => {
  const main = await connected()
  expect(await main.deliver({ key: 'short', data: 1, ttl: 1 })).toEqual(['ok'])
  await expect.poll(() => main.driver().exists('short'), { timeout: 10_000 }).toBe(0)
})

it('replaces a key of another type', async () => {
  const main = await connected()
  await main.driver().rpush('typed', 'x')
  expect(await main.deliver({ key: 'typed', data: 'text' })).toEqual(['ok'])
  expect(await main.driver().get('typed')).toBe('"text"')
})

it('a command that is refused fails alone (F28)', async () => {
  const main = await connected()
  await main.driver().call('ACL', 'SETUSER', 'narrow', 'on', '>hunter2', '+@all', '~open:*')
  const narrow = await connected({ url: `redis://narrow:hunter2@${address().host}` })
  const answers = await narrow.deliver({ key: 'open:1', data: 1 }, { key: 'closed', data: 2 }, { key: 'open:2', data: 3 })
  expect(answers).toEqual(['ok', expect.stringMatching(/^permanent: NOPERM/), 'ok'])
  expect(await main.driver().mget('open:1', 'closed', 'open:2')).toEqual(['1', null, '3'])
})

it('memory that is full may pass, and brings no older value back (F28)', async () => {
  const main = await connected()
  const driver = main.driver()
  await driver.config('SET', 'maxmemory', '1')
  try {
    expect(await main.deliver({ key: 'full', data: 1 }, { key: 'full', data: 2 })).toEqual([
      expect.stringMatching(/^transient: OOM/),
      expect.stringMatching(/^transient: OOM/),
    ])
  } finally {
    await driver.config('SET', 'maxmemory', '0')
  }
})

it('refuses a wrong password for good at connect, and tells it nowhere (RDS-5)', async () => {
  const main = await connected()
  await main.driver().call('ACL', 'SETUSER', 'locked', 'on', '>right', '+@all', '~*')
  const context = createTestContext({ type: 'redis' })
  const sink = createTestSink(redisSink, { url: `redis://locked:hunter2@${address().host}` }, context)
  const error: unknown = await Promise.resolve(sink.connect?.(deliverCall())).catch((reason: unknown) => reason)
  expect(error).toMatchObject({
    kind: 'permanent',
    code: 'DRK_SINK_CONNECT_FAILED',
    message: expect.stringContaining('WRONGPASS') as string,
  })
  expect(inspect([error, context.logger.entries], { depth: 20 })).not.toContain('hunter2')
  await sink.close?.(deliverCall())
})

it('speaks TLS to a server whose certificate it is told to trust, and to no other', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'drakkar-redis-tls-'))
  ending.push(() => rm(directory, { recursive: true }))
  const ca_file = join(directory, 'ca.pem')
  await writeFile(ca_file, certificate)
  const port = await startTlsFront()
  for (const host of ['localhost', '127.0.0.1']) {
    const main = await connected({ url: `rediss://${host}:${port}`, tls: { ca_file } })
    expect(await main.deliver({ key: `tls:${host}`, data: host })).toEqual(['ok'])
    expect(await main.driver().get(`tls:${host}`)).toBe(`"${host}"`)
  }
  await expect(connected({ url: `rediss://localhost:${port}` })).rejects.toMatchObject({
    code: 'DRK_SINK_CONNECT_FAILED',
    message: expect.stringContaining('self-signed certificate') as string,
  })
})

/** TLS ends here; behind it is the server. */
async function startTlsFront(): Promise<number> {
  const front = createServer({ cert: certificate, key: privateKey }, (client) => {
    const server = connect({ host: address().hostname, port: Number(address().port) })
    client.on('error', () => server.destroy())
    server.on('error', () => client.destroy())
    client.pipe(server).pipe(client)
  })
  front.listen(0, '127.0.0.1')
  await once(front, 'listening')
  ending.push(async () => void front.close())
  return (front.address() as AddressInfo).port
}

it('fails within its time limit on a connection that is half open, then works on a new one', async () => {
  const proxy = await startProxy()
  const main = await connected({ url: `redis://127.0.0.1:${proxy.port}`, response_timeout_seconds: 0.3 })
  proxy.isHalfOpen = true
  await expect(main.deliver({ key: 'half', data: 1 })).resolves.toEqual([expect.stringMatching(/^transient: /)])
  proxy.isHalfOpen = false
  await expect.poll(() => main.deliver({ key: 'half', data: 2 }).catch(() => []), { timeout: 20_000 }).toEqual(['ok'])
  expect(await main.driver().get('half')).toBe('2')
})

it('answers ok only for what was acknowledged when the answer is cut off in the middle (F27)', async () => {
  const proxy = await startProxy()
  const main = await connected({ url: `redis://127.0.0.1:${proxy.port}` })
  const payloads = Array.from({ length: 50 }, (_, n) => ({ key: `cut:${n}`, data: n }))
  // One acknowledgement has five bytes.
  proxy.cutAnswersAfter(5 * 20 + 2)
  const answers = await main.deliver(...payloads)
  expect(answers.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 'ok'))
  expect(answers.slice(20).every((answer) => answer.startsWith('transient: '))).toBe(true)
  await expect.poll(() => main.deliver(...payloads).catch(() => []), { timeout: 20_000 }).toEqual(payloads.map(() => 'ok'))
})

it('loses nothing it acknowledged while the server is killed and stopped, and resumes by itself (F30)', async () => {
  const main = await connected({ key_prefix: 'bounce:' })
  const delivery = deliverUntilStopped(main.deliver)
  for (const fault of ['kill', 'stop'] as const) {
    await sleep(300)
    await redis[fault]()
    await sleep(1500)
    const failedWhileDown = delivery.failed()
    await redis.start()
    await delivery.untilAccepted()
    expect(failedWhileDown, 'no delivery failed: the fault never bit').toBeGreaterThan(0)
  }
  const acknowledged = await delivery.stop()
  const stored = new Set(await main.driver().keys('bounce:*'))
  expect(acknowledged.filter((key) => !stored.has(`bounce:${key}`))).toEqual([])
}, 60_000)

interface Deliveries {
  failed(): number
  /** Resolves when a delivery begun after the call has been accepted whole. */
  untilAccepted(): Promise<void>
  stop(): Promise<readonly string[]>
}

function deliverUntilStopped(deliver: (...payloads: readonly RedisPayload[]) => Promise<string[]>): Deliveries {
  const acknowledged: string[] = []
  let failed = 0
  let accepted = 0
  let stopped = false
  const work = (async () => {
    for (let round = 0; !stopped; round += 1) {
      const payloads = Array.from({ length: 20 }, (_, n) => ({ key: `${round}-${n}`, data: n }))
      const answers = await deliver(...payloads).catch(() => payloads.map(() => 'failed'))
      const arrived = payloads.filter((_payload, n) => answers[n] === 'ok').map(({ key }) => key)
      acknowledged.push(...arrived)
      failed += payloads.length - arrived.length
      if (arrived.length === payloads.length) accepted += 1
      await sleep(10)
    }
  })()
  return {
    failed: () => failed,
    async untilAccepted() {
      const target = accepted + 2
      // 15 s is what F30 allows.
      await expect.poll(() => accepted, { timeout: 15_000 }).toBeGreaterThanOrEqual(target)
    },
    async stop() {
      stopped = true
      await work
      return acknowledged
    },
  }
}
