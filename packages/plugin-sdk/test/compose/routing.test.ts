import { describe, expect, it } from 'vitest'
import { jsonText, routing, SinkError, type RoutingInput } from '../../src/index.ts'
import { createTestSink, deliverCall } from '../../src/testing/index.ts'
import { call, failing, items, NumberPayload, scripted } from './scripted-sink.ts'

type Input = RoutingInput<typeof NumberPayload>

const byParity: Input['route'] = ({ n }) => (n % 2 === 0 ? 'even' : 'odd')
const route = (input: Pick<Input, 'children'> & Partial<Input>) =>
  createTestSink(routing({ type: 'routed', payload: NumberPayload, route: byParity, ...input }))

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

it('sends each payload to the child the function names, with its answer back', async () => {
  const [even, odd] = [scripted({ deliver: failing(new Set([4]), new SinkError({ kind: 'permanent', message: 'too even' })) }), scripted()]
  const answers = await route({ children: { even: even.definition, odd: odd.definition } }).deliver(items(1, 2, 3, 4), deliverCall())
  expect([even.deliveries, odd.deliveries]).toEqual([[[2, 4]], [[1, 3]]])
  expect(answers).toMatchObject([
    { id: 'p1', status: 'ok' },
    { id: 'p2', status: 'ok' },
    { id: 'p3', status: 'ok' },
    { id: 'p4', status: 'failure', error: { kind: 'permanent', message: 'even: too even' } },
  ])
})

it('does not fail the payloads of other children when one throws', async () => {
  const even = scripted({
    deliver() {
      throw Object.assign(new Error('gone'), { code: 'ECONNRESET' })
    },
  })
  const answers = await route({ children: { even: even.definition, odd: scripted().definition } }).deliver(items(1, 2), deliverCall())
  expect(answers).toMatchObject([{ status: 'ok' }, { status: 'failure', error: { kind: 'transient', message: 'even: gone' } }])
})

describe('a payload the function names no child for', () => {
  it('goes to the default child', async () => {
    const rest = scripted()
    await route({ children: { rest: rest.definition }, route: () => null, defaultChild: 'rest' }).deliver(items(1), deliverCall())
    expect(rest.deliveries).toEqual([[1]])
  })

  it.each<[string, Input['route'], string]>([
    ['fails for good without a default', () => undefined, 'No child takes this payload'],
    ['fails for good when there is no such child', () => 'oven', 'No child is called "oven"'],
    [
      'fails for good when the function throws',
      () => {
        throw new Error('no parity')
      },
      'no parity',
    ],
  ])('%s, alone', async (_name, broken, message) => {
    const choose: Input['route'] = (payload) => (payload.n === 1 ? broken(payload) : 'even')
    const sink = route({ children: { even: scripted().definition }, route: choose })
    await expect(sink.deliver(items(1, 2), deliverCall())).resolves.toMatchObject([
      { status: 'failure', error: { kind: 'permanent', message: expect.stringContaining(message) } },
      { status: 'ok' },
    ])
    expect(sink.orderingKey?.({ n: 1 })).toBeNull()
  })
})

it('has the lines of each child, apart from those of the others', () => {
  const ordered = { ordered: true }
  const keyed = scripted({ capabilities: ordered, members: { orderingKey: ({ n }) => (n > 9 ? null : 'k') } }).definition
  const { orderingKey } = route({ children: { even: keyed, odd: keyed } })
  const [two, four, one, twelve] = [2, 4, 1, 12].map((n) => orderingKey?.({ n }))
  expect([two === four, two === one, twelve]).toEqual([true, false, null])

  const oneLine = route({ children: { even: scripted({ capabilities: ordered }).definition, odd: scripted().definition } }).orderingKey
  expect([oneLine?.({ n: 2 }) === oneLine?.({ n: 4 }), oneLine?.({ n: 2 }), oneLine?.({ n: 1 })]).toEqual([true, expect.any(String), null])
})

it('encodes like the child, which sends JSON unless it says otherwise', () => {
  const binary = scripted({ members: { encode: ({ n }) => ({ body: bytes(`#${n}`) }) } }).definition
  const sink = route({ children: { even: binary, odd: scripted().definition } })
  expect(sink.encode?.({ n: 2 })).toEqual({ body: bytes('#2') })
  expect(sink.encode?.({ n: 1 })).toEqual({ body: bytes(jsonText({ n: 1 })) })
  expect(route({ children: { odd: scripted().definition } }).encode).toBeUndefined()
})

it('connects and closes every child', async () => {
  const [even, odd] = [scripted(), scripted()]
  const sink = route({ children: { even: even.definition, odd: odd.definition } })
  await sink.connect?.(call())
  await sink.close?.(call())
  expect([even.events, odd.events]).toEqual([
    ['connect', 'close'],
    ['connect', 'close'],
  ])
})
