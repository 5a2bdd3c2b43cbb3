import { describe, expect, it } from 'vitest'
import { brokerList, moment, ratePerSecond, whereList } from './option-values.ts'
import { selectionText } from './selection-options.ts'

const nowMs = Date.parse('2026-11-21T12:00:00Z')

describe('a moment', () => {
  it.each([
    ['90s', '2026-11-21T11:58:30.000Z'],
    ['30m', '2026-11-21T11:30:00.000Z'],
    ['1.5h', '2026-11-21T10:30:00.000Z'],
    ['7d', '2026-11-14T12:00:00.000Z'],
    ['2w', '2026-11-07T12:00:00.000Z'],
    ['500ms', '2026-11-21T11:59:59.500Z'],
    ['2026-11-20', '2026-11-20T00:00:00.000Z'],
    ['2026-11-20T06:00:00+02:00', '2026-11-20T04:00:00.000Z'],
    ['2026-11-20T06:00', '2026-11-20T06:00:00.000Z'],
    ['2026-11-20 06:00:07.5', '2026-11-20T06:00:07.500Z'],
    ['2028-02-29T06:00:00z', '2028-02-29T06:00:00.000Z'],
  ])('%s is %s', (text, iso) => {
    expect(moment(text, nowMs)).toEqual({ text, ms: Date.parse(iso) })
  })

  it.each(['', 'yesterday', '5', '-2h', '2 h', '2026-13-01', '20', '2026-02-31', '2026-02-29T00:00Z', '2026-11-20T25:00', '2026-11-20x'])(
    'is not %j',
    (text) => {
      expect(() => moment(text, nowMs)).toThrow('It must be a time')
    },
  )
})

describe('a rate', () => {
  it.each([
    ['100/s', 100],
    ['100', 100],
    ['0.5/s', 0.5],
  ])('%s', (text, rate) => {
    expect(ratePerSecond(text)).toBe(rate)
  })

  it.each(['', '0', '-1', '5/m', 'Infinity', '1e3'])('is not %j', (text) => {
    expect(() => ratePerSecond(text)).toThrow('messages per second')
  })
})

it('conditions gather', () => {
  expect(whereList('b=2', whereList('a=1', undefined)).map(({ text }) => text)).toEqual(['a=1', 'b=2'])
})

it('brokers are host:port separated by commas', () => {
  expect(brokerList(' a:1, b ')).toBe('a:1,b')
  for (const wrong of ['', 'a,,b', 'kafka://a', 'a b']) expect(() => brokerList(wrong)).toThrow('host:port')
})

it('two selections never have one text', () => {
  expect(selectionText({ filter: 'a sink-type=b' })).not.toBe(selectionText({ filter: 'a', sinkType: 'b' }))
  expect(selectionText({ filter: '"a"' })).not.toBe(selectionText({ filter: 'a' }))
  expect(selectionText({ partition: [1, 0, 1] })).toBe(selectionText({ partition: [0, 1] }))
})
