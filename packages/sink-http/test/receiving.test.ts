import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ok, type SinkResponse } from '@drakkar/plugin-sdk'
import { createTestSink, deliverCall, deliveryItem } from '@drakkar/plugin-sdk/testing'
import { describe, expect, it, vi } from 'vitest'
import { httpSink, type HttpPayload } from '../src/index.ts'
import { Receiver } from './receiver.ts'
import { certificate } from './test-certificate.ts'

async function connected(receiver: Receiver, config: object = {}) {
  const sink = createTestSink(httpSink, { url: `${receiver.url}/in?token=hunter2`, ...config })
  await sink.connect?.(deliverCall())
  return {
    sink,
    /** `ok`, or kind and text of the error, in the order of the payloads. */
    async deliver(payloads: readonly HttpPayload[], call = deliverCall()): Promise<string[]> {
      const items = payloads.map((payload) => deliveryItem(payload))
      const responses = (await sink.deliver(items, call)) ?? items.map(({ id }) => ok(id))
      return items.map(({ id }) => shown(responses.find((response) => response.id === id)))
    },
    [Symbol.asyncDispose]: async () => sink.close?.(deliverCall()),
  }
}

function shown(response: SinkResponse | undefined): string {
  if (response?.status !== 'failure') return response?.status ?? 'no answer'
  return typeof response.error === 'string' ? response.error : `${response.error.kind}: ${response.error.message}`
}

const numbers = (count: number): HttpPayload[] => Array.from({ length: count }, (_, n) => ({ data: n }))

describe('a request', () => {
  it('carries JSON, headers and the query, and is the configured method (HTS-1)', async () => {
    await using receiver = await Receiver.start()
    await using sink = await connected(receiver, { method: 'PUT', headers: { 'X-Site': 'one', 'X-Kind': 'configured' } })
    expect(await sink.deliver([{ data: { text: 'é' }, headers: { 'x-kind': 'own' } }])).toEqual(['ok'])
    expect(receiver.received).toMatchObject([
      {
        method: 'PUT',
        url: '/in?token=hunter2',
        body: '{"text":"é"}',
        headers: { 'content-type': 'application/json', 'x-site': 'one', 'x-kind': 'own' },
      },
    ])
  })

  it('uses connections again, at most as many as allowed, and ends them with the sink (HTS-8)', async () => {
    await using receiver = await Receiver.start()
    const sink = await connected(receiver, { concurrency: 3 })
    expect(new Set(await sink.deliver(numbers(60)))).toEqual(new Set(['ok']))
    // One more was opened and closed by `connect`.
    expect(receiver.connections).toBeLessThanOrEqual(4)
    await sink[Symbol.asyncDispose]()
    await vi.waitFor(() => expect(receiver.openConnections).toBe(0), 10_000)
  })
})

describe('an answer', () => {
  it.each([
    [302, 'permanent'],
    [400, 'permanent'],
    [401, 'permanent'],
    [403, 'permanent'],
    [500, 'permanent'],
    [408, 'transient'],
    [502, 'transient'],
    [503, 'throttled'],
    [429, 'throttled'],
  ])('%i is %s, and the neighbours are delivered (HTS-2, DLV-21, F25)', async (status, kind) => {
    await using receiver = await Receiver.start()
    receiver.answer = ({ body }, response) =>
      void response.writeHead(body === '1' ? status : 204, { location: `${receiver.url}/other` }).end()
    await using sink = await connected(receiver)
    const answers = await sink.deliver(numbers(3))
    expect(answers).toEqual(['ok', `${kind}: POST ${receiver.url} answered ${status}`, 'ok'])
    expect(receiver.received.map(({ url }) => url)).not.toContain('/other')
  })

  it('with Retry-After is throttled for that long, whatever 5xx it is (F24)', async () => {
    await using receiver = await Receiver.start()
    receiver.answer = (_received, response) => void response.writeHead(500, { 'retry-after': '7' }).end()
    await using sink = await connected(receiver)
    const item = deliveryItem<HttpPayload>({ data: 1 })
    expect(await sink.sink.deliver([item], deliverCall())).toMatchObject([
      { status: 'failure', error: { kind: 'throttled', retryAfterMs: 7000 } },
    ])
  })

  it('shows 512 characters of a text of 10 MB, without secrets (HTS-6)', async () => {
    await using receiver = await Receiver.start()
    const text = `key abcd1234 at http://me:hunter2@db refused\n${'x'.repeat(10_000_000)}`
    receiver.answer = (_received, response) => void response.writeHead(422).end(text)
    await using sink = await connected(receiver, { headers: { 'x-api-key': 'abcd1234' } })
    const [answer = ''] = await sink.deliver(numbers(1))
    expect(answer).toContain('answered 422: key *** at http://***:***@db refused xxx')
    expect(answer.length).toBeLessThan(600)
    expect(answer).not.toMatch(/hunter2|abcd1234/)
  })

  it('of 10 MB is read to its end and counts (F26)', async () => {
    await using receiver = await Receiver.start()
    receiver.answer = (_received, response) => void response.end(Buffer.alloc(10_000_000))
    await using sink = await connected(receiver, { concurrency: 1 })
    expect(await sink.deliver(numbers(2))).toEqual(['ok', 'ok'])
  })

  it('that stops in the middle of its body fails when the time is up (HTS-3, F26)', async () => {
    await using receiver = await Receiver.start()
    receiver.answer = ({ body }, response) => void (body === '0' ? response.writeHead(200).write('{') : response.end())
    await using sink = await connected(receiver, { timeout_seconds: 1 })
    expect(await sink.deliver(numbers(2))).toEqual([`transient: POST ${receiver.url} failed: no complete answer within 1 s`, 'ok'])
  })

  it.each([
    ['before its status', (response: Parameters<Receiver['answer']>[1]) => response.socket?.resetAndDestroy()],
    [
      'after its status (F27)',
      (response: Parameters<Receiver['answer']>[1]) => {
        response.writeHead(200, { 'content-length': '100' })
        response.write('half', () => response.socket?.resetAndDestroy())
      },
    ],
  ])('that is cut off %s fails as transient', async (_what, cut) => {
    await using receiver = await Receiver.start()
    receiver.answer = ({ body }, response) => void (body === '1' ? cut(response) : response.end())
    await using sink = await connected(receiver)
    expect(await sink.deliver(numbers(3))).toEqual(['ok', expect.stringMatching(/^transient: /), 'ok'])
  })
})

describe('an ambiguous acknowledgement', () => {
  it('is settled by the idempotency key: the request is repeated and takes effect once (HTS-5, F27)', async () => {
    await using receiver = await Receiver.start()
    const effects = new Set<unknown>()
    receiver.answer = ({ headers }, response) => {
      const key = headers['idempotency-key']
      const isFirst = !effects.has(key)
      effects.add(key)
      if (isFirst) response.socket?.resetAndDestroy()
      else response.end()
    }
    await using sink = await connected(receiver, { idempotency_key_header: 'Idempotency-Key' })
    expect(await sink.deliver(numbers(5))).toEqual(['ok', 'ok', 'ok', 'ok', 'ok'])
    expect([effects.size, receiver.received.length]).toEqual([5, 10])
  })

  it('is not repeated by a sink that has no key', async () => {
    await using receiver = await Receiver.start()
    receiver.answer = (_received, response) => void response.socket?.resetAndDestroy()
    await using sink = await connected(receiver)
    expect(await sink.deliver(numbers(1))).toEqual([expect.stringMatching(/^transient: /)])
    expect(receiver.received).toHaveLength(1)
  })
})

describe('a URL of a payload (BSP-16)', () => {
  const override = { allow_url_override: true, headers: { 'x-api-key': 'for the configured server' } }

  it('is sent to, on the configured server or another one, and only the configured one sees its headers', async () => {
    await using receiver = await Receiver.start()
    await using other = await Receiver.start()
    await using sink = await connected(receiver, override)
    const answers = await sink.deliver([{ data: 0 }, { data: 1, url: '/b' }, { data: 2, url: `${other.url}/c?d=1` }, { data: 3 }])
    expect(answers).toEqual(['ok', 'ok', 'ok', 'ok'])
    const ways = ({ received }: Receiver) => received.map(({ url, headers }) => `${url} ${String(headers['x-api-key'])}`).toSorted()
    const key = override.headers['x-api-key']
    expect(ways(receiver)).toEqual([`/b ${key}`, `/in?token=hunter2 ${key}`, `/in?token=hunter2 ${key}`])
    expect(ways(other)).toEqual(['/c?d=1 undefined'])
  })

  it('fails its payload alone where it is not allowed, is none, or names a metadata service (SEC-13)', async () => {
    await using receiver = await Receiver.start()
    await using sink = await connected(receiver, override)
    const urls = ['http://169.254.169.254/', 'ftp://example.com', 'http://[bad']
    const answers = await sink.deliver([...urls.map((url) => ({ data: 1, url })), { data: 2 }])
    expect(answers.map((answer) => answer.split(':')[0])).toEqual(['permanent', 'permanent', 'permanent', 'ok'])
    await using strict = await connected(receiver)
    expect(await strict.deliver([{ data: 1, url: '/b' }, { data: 2 }])).toEqual([
      expect.stringContaining('allow_url_override is not set'),
      'ok',
    ])
    expect(receiver.received).toHaveLength(2)
  })

  it('whose server is gone does not keep payloads from other servers', async () => {
    await using receiver = await Receiver.start()
    const gone = await Receiver.start()
    await gone[Symbol.asyncDispose]()
    await using sink = await connected(receiver, { ...override, concurrency: 2 })
    const payloads = Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? { data: n } : { data: n, url: gone.url }))
    const answers = await sink.deliver(payloads)
    expect(answers.map((answer) => answer.split(':')[0])).toEqual(payloads.map((_, n) => (n % 2 === 0 ? 'ok' : 'transient')))
    expect(answers[1]).toContain(`POST ${gone.url} failed`)
    expect(answers.filter((answer) => answer.includes('Not sent')).length).toBeGreaterThan(0)
  })

  it('has its connections ended with the sink', async () => {
    await using receiver = await Receiver.start()
    await using other = await Receiver.start()
    const sink = await connected(receiver, { ...override, concurrency: 3 })
    expect(new Set(await sink.deliver(numbers(30).map((payload) => ({ ...payload, url: other.url }))))).toEqual(new Set(['ok']))
    expect(other.connections).toBeLessThanOrEqual(3)
    await sink[Symbol.asyncDispose]()
    await vi.waitFor(() => expect(other.openConnections).toBe(0), 10_000)
  })
})

describe('an aborted call', () => {
  it('ends at once, and what was answered before counts', async () => {
    await using receiver = await Receiver.start()
    receiver.answer = ({ body }, response) => void (body === '0' && response.end())
    await using sink = await connected(receiver, { concurrency: 1 })
    const controller = new AbortController()
    const delivering = sink.deliver(numbers(3), deliverCall({ signal: controller.signal }))
    await vi.waitFor(() => expect(receiver.received).toHaveLength(2), 10_000)
    controller.abort()
    expect(await delivering).toEqual(['ok', expect.stringContaining('aborted'), expect.stringContaining('aborted')])
    receiver.answer = (_received, response) => void response.end()
    expect(await sink.deliver(numbers(1))).toEqual(['ok'])
  })
})

describe('TLS', () => {
  it('trusts a given certificate authority, and nobody without', async () => {
    await using receiver = await Receiver.start({ isTls: true })
    const directory = await mkdtemp(join(tmpdir(), 'drakkar-http-'))
    try {
      const ca_file = join(directory, 'ca.pem')
      await writeFile(ca_file, certificate)
      await using sink = await connected(receiver, { tls: { ca_file } })
      expect(await sink.deliver(numbers(2))).toEqual(['ok', 'ok'])
      await expect(connected(receiver)).rejects.toMatchObject({
        code: 'DRK_SINK_CONNECT_FAILED',
        message: expect.stringContaining('self-signed'),
      })
      await expect(connected(receiver, { tls: { ca_file, server_name: 'other' } })).rejects.toThrow("does not match certificate's altnames")
    } finally {
      await rm(directory, { recursive: true })
    }
  })
})
