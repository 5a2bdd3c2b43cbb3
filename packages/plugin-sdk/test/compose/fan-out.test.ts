import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { childSink, fallback, fanOut, onSuccess, serve, SinkError, skip, type SinkDefinition, type SinkResponse } from '../../src/index.ts'
import { createTestSink, deliverCall, deliveryItem } from '../../src/testing/index.ts'
import { again, call, failing, items, NumberPayload, scripted, type Scripted, turn } from './scripted-sink.ts'

const fan = (children: Record<string, SinkDefinition>) => fanOut({ type: 'fan', payload: NumberPayload, children })
const fanOf = (search: Scripted, archive: Scripted) => createTestSink(fan({ search: search.definition, archive: archive.definition }))
const answering = (answer: (id: string) => SinkResponse) => scripted({ deliver: (batch) => batch.map(({ id }) => answer(id)) })

describe('a payload', () => {
  it('has arrived when every child took it', async () => {
    const [search, archive] = [scripted(), scripted()]
    const answers = await fanOf(search, archive).deliver(items(1, 2), deliverCall())
    expect(answers).toEqual([
      { id: 'p1', status: 'ok' },
      { id: 'p2', status: 'ok' },
    ])
    expect([search.deliveries, archive.deliveries]).toEqual([[[1, 2]], [[1, 2]]])
  })

  it('fails with the name and the reason of each child that did not take it; its neighbours do not', async () => {
    const search = scripted({ deliver: failing(new Set([2])) })
    const archive = scripted({
      deliver: () => {
        throw new SinkError({ kind: 'permanent', message: 'disk gone' })
      },
    })
    await expect(fanOf(search, scripted()).deliver(items(1, 2), deliverCall())).resolves.toMatchObject([
      { id: 'p1', status: 'ok' },
      { id: 'p2', status: 'failure', error: { kind: 'transient', message: 'search: busy' } },
    ])
    await expect(fanOf(search, archive).deliver(items(2), deliverCall())).resolves.toMatchObject([
      { status: 'failure', error: { kind: 'transient', message: 'search: busy; archive: disk gone' } },
    ])
    await expect(fanOf(scripted(), archive).deliver(items(2), deliverCall())).resolves.toMatchObject([
      { status: 'failure', error: { kind: 'permanent' } },
    ])
  })

  it('waits as long as the slowest child asks for', async () => {
    const throttled = (retryAfterMs: number) => failing(new Set([1]), new SinkError({ kind: 'throttled', message: 'later', retryAfterMs }))
    const sink = fanOf(scripted({ deliver: throttled(50) }), scripted({ deliver: throttled(900) }))
    await expect(sink.deliver(items(1), deliverCall())).resolves.toMatchObject([{ error: { kind: 'throttled', retryAfterMs: 900 } }])
  })
})

describe('a retry', () => {
  it('goes to the children that have not taken the payload', async () => {
    const bad = new Set([1, 2])
    const [search, archive] = [scripted({ deliver: failing(bad) }), scripted()]
    const sink = fanOf(search, archive)
    const batch = items(1, 2)
    await sink.deliver(batch, deliverCall())
    bad.delete(2)
    await sink.deliver(again(batch), deliverCall())
    bad.delete(1)
    await expect(sink.deliver(again(again(batch.slice(0, 1))), deliverCall())).resolves.toEqual([{ id: 'p1', status: 'ok' }])
    expect(search.deliveries).toEqual([[1, 2], [1, 2], [1]])
    expect(archive.deliveries).toEqual([[1, 2]])
  })

  it('goes to all when it is a first attempt: the payload is executed again, and may be another', async () => {
    const [search, archive] = [scripted({ deliver: failing(new Set([1])) }), scripted()]
    const sink = fanOf(search, archive)
    await sink.deliver(items(1), deliverCall())
    await sink.deliver(items(1), deliverCall())
    expect(archive.deliveries).toEqual([[1], [1]])
  })

  it('goes to all once the payload was taken by all', async () => {
    const [search, archive] = [scripted(), scripted()]
    const sink = fanOf(search, archive)
    await sink.deliver(items(1), deliverCall())
    await sink.deliver(again(items(1)), deliverCall())
    expect([search.deliveries, archive.deliveries]).toEqual([
      [[1], [1]],
      [[1], [1]],
    ])
  })

  it('goes again to a child whose flush failed: what it took may be lost', async () => {
    const search = scripted({ deliver: failing(new Set([1])) })
    const archive = scripted({ members: { flush: async () => Promise.reject(new Error('cannot sync')) } })
    const sink = fanOf(search, archive)
    await sink.deliver(items(1), deliverCall())
    await expect(sink.flush?.(call())).rejects.toMatchObject({ message: 'archive: cannot sync' })
    await sink.deliver(again(items(1)), deliverCall())
    expect(archive.deliveries).toEqual([[1], [1]])
  })

  it('goes again to a child whose flush failed while it took the payload', async () => {
    let release = (): void => {}
    const slow = scripted({ deliver: () => new Promise<undefined>((resolve) => (release = () => resolve(undefined))) })
    const failed = scripted({ deliver: failing(new Set([1])) })
    const broken = scripted({ members: { flush: async () => Promise.reject(new Error('cannot sync')) } })
    const sink = createTestSink(fan({ slow: slow.definition, failed: failed.definition, broken: broken.definition }))
    const delivery = sink.deliver(items(1), deliverCall())
    await turn()
    await expect(sink.flush?.(call())).rejects.toThrow('broken')
    release()
    await delivery
    const second = sink.deliver(again(items(1)), deliverCall())
    await turn()
    release()
    await second
    expect([slow.deliveries, broken.deliveries]).toEqual([[[1]], [[1], [1]]])
  })
})

describe('an answer of a child that asks for something', () => {
  const body = new Uint8Array([1])
  it.each([fallback('p1', 'full'), serve('p1', body), onSuccess('p1', { n: 2 })])('is that of the whole: $status', async (answer) => {
    await expect(
      fanOf(
        scripted(),
        answering(() => answer),
      ).deliver(items(1), deliverCall()),
    ).resolves.toEqual([answer])
  })

  it('is skip only when every child skips', async () => {
    const skipping = answering((id) => skip(id, 'old'))
    await expect(fanOf(skipping, skipping).deliver(items(1), deliverCall())).resolves.toEqual([skip('p1', 'old')])
    await expect(fanOf(scripted(), skipping).deliver(items(1), deliverCall())).resolves.toMatchObject([{ status: 'ok' }])
  })

  it('cannot be given when two ask', async () => {
    const sink = fanOf(
      answering((id) => serve(id, body)),
      answering((id) => fallback(id)),
    )
    await expect(sink.deliver(items(1), deliverCall())).resolves.toMatchObject([
      {
        status: 'failure',
        error: { kind: 'permanent', code: 'DRK_SINK_CONTRACT', message: expect.stringContaining('search (serve), archive (fallback)') },
      },
    ])
  })
})

describe('children with payloads of their own', () => {
  const Text = Type.Object({ text: Type.String() }, { additionalProperties: false })
  const texts: unknown[] = []
  const textSink = (): SinkDefinition<ReturnType<typeof Type.Object>, typeof Text> => {
    const { definition } = scripted()
    return { ...definition, payload: Text, create: () => ({ deliver: (batch) => void texts.push(...batch.map((item) => item.payload)) }) }
  }

  it('get what convert makes', async () => {
    const child = childSink(textSink(), ({ n }: NumberPayload) => ({ text: `n=${n}` }))
    const sink = createTestSink(fanOut({ type: 'fan', payload: NumberPayload, children: { child } }))
    await expect(sink.deliver(items(4), deliverCall())).resolves.toMatchObject([{ status: 'ok' }])
    expect(texts).toEqual([{ text: 'n=4' }])
  })

  it('refuse what is no payload of theirs, for good', async () => {
    const broken = childSink(textSink(), ({ n }: NumberPayload) => {
      if (n === 1) throw new Error('cannot convert')
      return JSON.parse('{"text":1}')
    })
    const sink = createTestSink(fanOut({ type: 'fan', payload: NumberPayload, children: { broken, bare: textSink() } }))
    const answers = await sink.deliver([deliveryItem({ n: 1 }), deliveryItem({ n: 2 })], deliverCall())
    const refused = { status: 'failure', error: { kind: 'permanent', code: 'DRK_SINK_PAYLOAD_INVALID' } }
    expect(answers).toMatchObject([refused, refused])
    expect(answers).toMatchObject([{ error: { message: expect.stringMatching(/broken: .*cannot convert; bare: /) } }, {}])
  })
})

describe('the life cycle', () => {
  it('reaches every child', async () => {
    const [search, archive] = [scripted(), scripted()]
    const sink = fanOf(search, archive)
    await sink.connect?.(call())
    await sink.check?.(call())
    await sink.flush?.(call())
    await sink.close?.(call())
    expect([search.events, archive.events]).toEqual([
      ['connect', 'check', 'flush', 'close'],
      ['connect', 'check', 'flush', 'close'],
    ])
  })

  it('connects again only those that are not connected, and closes all', async () => {
    let isUp = false
    const archive = scripted({
      members: {
        connect: async () => {
          if (!isUp) throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
        },
      },
    })
    const search = scripted()
    const sink = fanOf(search, archive)
    await expect(sink.connect?.(call())).rejects.toMatchObject({ kind: 'transient', message: 'archive: refused' })
    isUp = true
    await sink.connect?.(call())
    expect(search.events).toEqual(['connect'])
    await sink.close?.(call())
    expect([search.events, archive.events]).toEqual([['connect', 'close'], ['close']])
  })

  it('connects again what was closed while it connected', async () => {
    let release = (): void => {}
    let connects = 0
    const slow = scripted({
      members: {
        connect: () => {
          connects += 1
          return new Promise((resolve) => (release = resolve))
        },
      },
    })
    const sink = fanOf(scripted(), slow)
    const connecting = sink.connect?.(call())
    await sink.close?.(call())
    release()
    await connecting
    const second = sink.connect?.(call())
    release()
    await second
    expect(connects).toBe(2)
  })

  it('closes the others when one cannot be closed, and says which', async () => {
    const search = scripted({ members: { close: async () => Promise.reject(new Error('stuck')) } })
    const archive = scripted()
    await expect(fanOf(search, archive).close?.(call())).rejects.toThrow('search: stuck')
    expect(archive.events).toEqual(['close'])
  })
})

describe('the definition', () => {
  it('can do what all children can, and is bound by what one is', () => {
    const { definition: free } = scripted({ idempotent: true })
    const { definition: bound } = scripted({ capabilities: { ordered: true, fallback: true, lossy: true } })
    expect(fan({ free, bound }).capabilities).toEqual({ batching: false, ordered: true, fallback: true, lossy: true })
    expect(fan({ free, other: free }).capabilities).toEqual({ batching: true, ordered: false, fallback: false, lossy: false })
  })

  it('has the lines of its only ordered child, and one line with several', () => {
    const keyed = () => scripted({ capabilities: { ordered: true }, members: { orderingKey: ({ n }) => `${n % 2}` } }).definition
    const free = scripted({ members: { orderingKey: () => 'unused' } }).definition
    expect(createTestSink(fan({ keyed: keyed(), free })).orderingKey?.({ n: 3 })).toBe('1')
    expect(createTestSink(fan({ keyed: keyed(), other: keyed() })).orderingKey).toBeUndefined()
  })

  it('gives the handles of its children by name, read when they are used', () => {
    const connection: { pool?: string } = {}
    const members = {
      get handle() {
        if (connection.pool === undefined) throw new Error('not connected')
        return connection.pool
      },
    }
    const definition: SinkDefinition = {
      ...scripted().definition,
      create: () => Object.assign(Object.create(members), { deliver: () => {} }),
    }
    const { handle } = createTestSink(fan({ main: definition, other: scripted().definition }))
    connection.pool = 'pool'
    expect(Reflect.get(Object(handle), 'main')).toBe('pool')
    expect(Object.keys(Object(handle))).toEqual(['main'])
  })

  it('refuses a child that is called like a key of the framework', () => {
    expect(() => fan({ batch: scripted().definition })).toThrow('batch')
  })
})
