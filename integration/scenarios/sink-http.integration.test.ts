/**
 * The HTTP sink on a receiver of Node behind a proxy that fails on demand: the rules of a sink, and faults F24, F26 and F27.
 */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ok } from '@drakkar/plugin-sdk'
import { sinkConformance } from '@drakkar/plugin-sdk/conformance'
import { createTestSink, deliverCall, deliveryItem } from '@drakkar/plugin-sdk/testing'
import httpSink, { type HttpPayload } from '@drakkar/sink-http'
import { describe, expect, it } from 'vitest'
import { FaultProxy } from '../support/fault-proxy.ts'

type Answer = (body: string, response: ServerResponse) => void

/** Takes JSON, refuses `"refused"`; a repeated idempotency key has no second effect. */
class Receiver {
  /** Bodies that took effect. */
  readonly effects = new Map<string, string>()
  requests = 0
  answer: Answer = (body, response) => void response.writeHead(body === '"refused"' ? 422 : 200).end()
  readonly #server = createServer((request, response) => void this.#receive(request, response))

  static async start(): Promise<Receiver> {
    const receiver = new Receiver()
    receiver.#server.listen(0, '127.0.0.1')
    await once(receiver.#server, 'listening')
    return receiver
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    try {
      for await (const chunk of request) body += String(chunk)
    } catch {
      return
    }
    this.requests += 1
    const key = request.headers['idempotency-key'] ?? randomUUID()
    this.answer(body, response)
    if (response.statusCode === 200) this.effects.set(String(key), body)
  }
}

class Target {
  readonly receiver: Receiver
  readonly proxy: FaultProxy

  private constructor(receiver: Receiver, proxy: FaultProxy) {
    this.receiver = receiver
    this.proxy = proxy
  }

  static async start(): Promise<Target> {
    const receiver = await Receiver.start()
    return new Target(receiver, await FaultProxy.start({ host: '127.0.0.1', port: receiver.port }))
  }

  get url(): string {
    return `http://me:top-secret@127.0.0.1:${this.proxy.port}/in`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy.close()
    this.receiver.close()
  }
}

describe('the rules of a sink', () => {
  sinkConformance(it, {
    definition: httpSink,
    createTarget: () => Target.start(),
    config: ({ url }: Target) => ({ url, idempotency_key_header: 'Idempotency-Key' }),
    samples: [1, 2].map((n) => ({ data: { n } })),
    sampleNumber: (n) => ({ data: { n } }),
    refusedSample: { data: 'refused' },
    probe: ({ receiver }) => [...receiver.effects.values()].map((body) => ({ data: JSON.parse(body) as unknown })),
    probeWire: ({ receiver }) => [...receiver.effects.values()].map((body) => ({ body: Buffer.from(body) })),
    makeUnreachable: ({ proxy }) => proxy.refuse(),
    makeReachable: ({ proxy }) => proxy.accept(),
    stall: ({ proxy }) => void (proxy.isHalfOpen = true),
    unstall: ({ proxy }) => void (proxy.isHalfOpen = false),
    openHandles: ({ proxy }) => proxy.untilClosed(),
    disposeTarget: (target) => target[Symbol.asyncDispose](),
  })
})

async function connected(url: string, config: object = {}) {
  const sink = createTestSink(httpSink, { url, ...config })
  await sink.connect?.(deliverCall())
  return {
    async deliver(count: number) {
      const items = Array.from({ length: count }, (_, n) => deliveryItem<HttpPayload>({ data: n }, { id: `payload-${n}` }))
      return (await sink.deliver(items, deliverCall())) ?? items.map(({ id }) => ok(id))
    },
    [Symbol.asyncDispose]: async () => sink.close?.(deliverCall()),
  }
}

const kinds = (answers: Awaited<ReturnType<Awaited<ReturnType<typeof connected>>['deliver']>>) =>
  answers.map((answer) => (answer.status === 'failure' && typeof answer.error === 'object' ? answer.error.kind : answer.status))

describe('faults', () => {
  it('a receiver that asks for a pause gets it, and loses nothing (F24)', async () => {
    await using target = await Target.start()
    let refusals = 10
    target.receiver.answer = (_body, response) => {
      refusals -= 1
      void response.writeHead(refusals >= 0 ? 503 : 200, { 'retry-after': '1' }).end()
    }
    await using sink = await connected(target.url, { idempotency_key_header: 'Idempotency-Key', concurrency: 10 })
    expect(new Set(kinds(await sink.deliver(30)))).toEqual(new Set(['ok']))
    expect([target.receiver.effects.size, target.receiver.requests]).toEqual([30, 40])
  })

  it('a receiver that is silent costs one time limit, not one for each payload (F26)', async () => {
    await using target = await Target.start()
    await using sink = await connected(target.url, { timeout_seconds: 1 })
    target.proxy.isHalfOpen = true
    expect(new Set(kinds(await sink.deliver(500)))).toEqual(new Set(['transient']))
    target.proxy.isHalfOpen = false
    expect(new Set(kinds(await sink.deliver(500)))).toEqual(new Set(['ok']))
  }, 30_000)

  it('a slow link is no failure', async () => {
    await using target = await Target.start()
    await using sink = await connected(target.url)
    target.proxy.latencyMs = 50
    expect(new Set(kinds(await sink.deliver(40)))).toEqual(new Set(['ok']))
  })

  it('answers that are cut off take effect once each with an idempotency key (F27)', async () => {
    await using target = await Target.start()
    await using sink = await connected(target.url, { idempotency_key_header: 'Idempotency-Key' })
    target.proxy.cutAnswersAfter(1000)
    expect(new Set(kinds(await sink.deliver(50)))).toEqual(new Set(['ok']))
    expect(target.receiver.effects.size).toBe(50)
    expect(target.receiver.requests, 'nothing was cut off').toBeGreaterThan(50)
  })

  it('without one, what was cut off is told as failed, and all that is told as delivered has arrived (F27)', async () => {
    await using target = await Target.start()
    await using sink = await connected(target.url)
    target.proxy.cutAnswersAfter(1000)
    const answers = kinds(await sink.deliver(50))
    const arrived = new Set(target.receiver.effects.values())
    expect(answers.filter((answer) => answer !== 'ok').length, 'nothing was cut off').toBeGreaterThan(0)
    expect(answers.flatMap((answer, n) => (answer === 'ok' && !arrived.has(String(n)) ? [n] : []))).toEqual([])
    expect(target.receiver.requests).toBe(50)
  })
})
