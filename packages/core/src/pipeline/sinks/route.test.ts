import { describe, expect, it } from 'vitest'
import { createRouter, type RouteTarget } from './route.ts'
import { AmbiguousSinkError, InvalidPayloadError, SinkNotConfiguredError } from './routing-errors.ts'

function sink(path: string, options: Partial<RouteTarget> = {}): RouteTarget {
  const [type = '', name = ''] = path.split('/')
  return { type, name, payloadKey: type, plugin: false, payloadProblem: () => null, ...options }
}

const routeResult = (result: object, targets: readonly RouteTarget[]) => createRouter(targets)(result)

const routed = (result: object, targets: readonly RouteTarget[]) =>
  routeResult(result, targets).map(({ target, payloads }) => [`${target.type}/${target.name}`, payloads.map(({ payload }) => payload)])

describe('a payload', () => {
  it('without a name goes to the only sink of its list (COL-7)', () => {
    expect(routed({ kafka: [{ data: 1 }, { data: 2, sink: '' }] }, [sink('kafka/main'), sink('redis/main')])).toEqual([
      ['kafka/main', [{ data: 1 }, { data: 2 }]],
    ])
  })

  it('without a name is ambiguous among several, named in registration order (COL-8)', () => {
    const targets = [sink('kafka/results'), sink('kafka/alerts')]
    expect(() => routeResult({ kafka: [{ data: 1 }] }, targets)).toThrow(
      new AmbiguousSinkError("2 'kafka' sinks configured (['results', 'alerts']), but payload has empty sink name -- specify which one"),
    )
  })

  it('needs a configured sink (COL-9), and the error names the lists there are', () => {
    expect(() => routeResult({ mongo: [{ data: 1 }] }, [sink('redis/a'), sink('kafka/a')])).toThrow(
      new SinkNotConfiguredError("no 'mongo' sink is configured; CollectResult may have 'kafka', 'redis'"),
    )
    expect(() => routeResult({ mongo: [{ data: 1, sink: 'x' }] }, [sink('redis/a')])).toThrow("(sink 'x')")
  })

  it('needs the sink it names (COL-10)', () => {
    expect(() => routeResult({ kafka: [{ sink: 'nope' }] }, [sink('kafka/a'), sink('kafka/b')])).toThrow(
      new SinkNotConfiguredError("no 'kafka' sink named 'nope' is configured; there is ['a', 'b']"),
    )
  })

  it('goes to the sinks that own its list, whatever their type is called (COL-4)', () => {
    expect(routed({ files: [{ data: 1 }] }, [sink('filesystem/out', { payloadKey: 'files' })])).toEqual([['filesystem/out', [{ data: 1 }]]])
  })

  it('reaches the sink without its address and keeps its id; the original stays whole', () => {
    const original = { sink: 'main', payloadId: 'p1', key: 'k', data: { deep: true } }
    const [group] = routeResult({ kafka: [original] }, [sink('kafka/main')])
    expect(group?.payloads).toEqual([{ payload: { key: 'k', data: { deep: true } }, original, list: 'kafka', payloadId: 'p1' }])
    expect(group?.payloads[0]?.original).toBe(original)
  })

  it('of the wrong shape is refused with its place', () => {
    const picky = sink('kafka/main', { payloadProblem: () => 'data is required' })
    expect(() => routeResult({ kafka: [{ a: 1 }] }, [picky])).toThrow(
      new InvalidPayloadError('CollectResult.kafka[0] for kafka/main: data is required'),
    )
  })

  it.each([
    [{ kafka: { data: 1 } }, 'CollectResult.kafka must be a list of payloads'],
    [{ kafka: ['text'] }, 'CollectResult.kafka[0] must be an object'],
    [{ kafka: [{ data: 1 }, { sink: 5 }] }, 'CollectResult.kafka[1].sink must be a string'],
    [[{ data: 1 }], 'a hook must return an object with lists of payloads, or nothing'],
  ])('list is refused: %j', (result, message) => {
    expect(() => routeResult(result, [sink('kafka/main')])).toThrow(new InvalidPayloadError(message))
  })
})

describe('a result', () => {
  it('is rejected whole by its last bad payload (COL-11)', () => {
    expect(() => routeResult({ kafka: [{ data: 1 }], redis: [{ data: 1 }, { sink: 'x' }] }, [sink('kafka/a'), sink('redis/a')])).toThrow(
      SinkNotConfiguredError,
    )
  })

  it('is grouped by sink in the order of first use, list order within a group (COL-15)', () => {
    const result = {
      kafka: [
        { n: 1, sink: 'b' },
        { n: 2, sink: 'a' },
        { n: 3, sink: 'b' },
      ],
      redis: [{ n: 4 }],
    }
    expect(routed(result, [sink('redis/main'), sink('kafka/a'), sink('kafka/b')])).toEqual([
      ['kafka/b', [{ n: 1 }, { n: 3 }]],
      ['kafka/a', [{ n: 2 }]],
      ['redis/main', [{ n: 4 }]],
    ])
  })

  it('may lack lists, and have empty ones (COL-3)', () => {
    expect(routed({ kafka: undefined, redis: null, unheard: [] }, [])).toEqual([])
  })

  it('may give an id to one payload of a sink only', () => {
    const targets = [sink('kafka/a'), sink('redis/a')]
    expect(() =>
      routeResult(
        {
          kafka: [
            { n: 1, payloadId: 'p' },
            { n: 2, payloadId: 'p' },
          ],
        },
        targets,
      ),
    ).toThrow(new InvalidPayloadError("two payloads for kafka/a have the payloadId 'p'"))
    expect(routeResult({ kafka: [{ n: 1, payloadId: 'p' }], redis: [{ n: 2, payloadId: 'p' }] }, targets)).toHaveLength(2)
    expect(
      routeResult(
        {
          kafka: [
            { n: 1, payloadId: '' },
            { n: 2, payloadId: '' },
          ],
        },
        targets,
      ),
    ).toHaveLength(1)
  })
})

describe('the `custom` list', () => {
  const plugin = (path: string) => sink(path, { plugin: true })

  it('finds plugin sinks by their name alone and hands `data` over unchanged (COL-12, COL-14)', () => {
    const data = { any: Symbol('thing') }
    const targets = [sink('kafka/main'), plugin('slack/ops'), plugin('sms/night')]
    expect(routed({ custom: [{ sink: 'night', data }] }, targets)).toEqual([['sms/night', [data]]])
  })

  it('needs no name for the only plugin sink', () => {
    expect(routed({ custom: [{ data: 0 }] }, [sink('kafka/main'), plugin('slack/ops')])).toEqual([['slack/ops', [0]]])
  })

  it.each([
    [
      [plugin('slack/a'), plugin('sms/b')],
      { data: 1 },
      AmbiguousSinkError,
      "2 'custom' sinks configured (['a', 'b']), but payload has empty sink name -- specify which one",
    ],
    [
      [plugin('slack/a'), plugin('sms/a')],
      { data: 1, sink: 'a' },
      AmbiguousSinkError,
      "custom sink 'a' exists under several types (slack, sms); rename one of them",
    ],
    [[sink('kafka/a')], { data: 1 }, SinkNotConfiguredError, 'no plugin sink is configured, but CollectResult.custom[0] wants one'],
    [[plugin('slack/a')], { sink: 'a' }, InvalidPayloadError, 'CollectResult.custom[0] must be an object with `data`'],
  ])('refuses what has no single target: %#', (targets, payload, Kind, message) => {
    expect(() => routeResult({ custom: [payload] }, targets)).toThrow(new Kind(message))
  })

  it('names the plugin sinks there are when the name is unknown', () => {
    expect(() => routeResult({ custom: [{ data: 1, sink: 'oops' }] }, [plugin('slack/ops')])).toThrow(
      "named 'oops' is configured; there is ['ops']",
    )
  })
})
