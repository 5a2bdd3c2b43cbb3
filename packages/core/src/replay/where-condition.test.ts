import { describe, expect, it } from 'vitest'
import type { LegacyDeadLetterRecord } from '../dlq/read-dead-letter.ts'
import { parsePath, valuesAt } from './json-path.ts'
import { fulfils, leadsSomewhere, parseWhere } from './where-condition.ts'

const record: LegacyDeadLetterRecord = {
  schema_version: 1,
  original_payloads: [
    '{"data":{"id":42,"price":1.0,"large":12345678901234567890,"tags":["a","b"],"note":"x=y","deep":{"a.b":true}}}',
    'not json',
    '{"data":{"id":"43"}}',
  ],
  sink_name: 'main',
  sink_type: 'kafka',
  error: 'bad',
  timestamp: 1,
  partition: 3,
  attempt_count: 0,
}

function matches(where: string): boolean {
  const parsed = parseWhere(where)
  if (!parsed.ok) throw new Error(parsed.reason)
  return fulfils(record, parsed.condition)
}

describe('--where', () => {
  it.each([
    'partition=3',
    '$.sink_type=kafka',
    'original_payloads[1]=not json',
    'payload.data.id=42',
    'payload.data.id=43',
    'payload.data.tags[1]=b',
    'payload.data.tags[*]=a',
    'payload.data.tags.*=a',
    'payload.data.tags=["a","b"]',
    'payload.data.note=x=y',
    'payload[0].data.id=42',
    'payload[2].data.id=43',
    'payload.data.price=1.0',
    'payload.data.price=1',
    'payload.data.id=4.2e1',
    'payload.data.large=12345678901234567890',
    'payload.data.tags=["a", "b"]',
    'partition=3.0',
    'payload.data.deep["a.b"]=true',
  ])('finds %s', (where) => {
    expect(matches(where)).toBe(true)
  })

  it.each([
    'partition=4',
    'sink_type=',
    'payload.data.id=4',
    'payload[2].data.id=42',
    'payload[9].data.id=42',
    'payload.data.large=12345678901234567891',
    'payload.data.id=43.0',
    'payload.data.missing=undefined',
    'payload.data.id.x=1',
    'toString=x',
    'payload.length=1',
  ])('does not find %s', (where) => {
    expect(matches(where)).toBe(false)
  })

  it.each(['', '=', 'x', '=3', 'a[=1', 'a..b=1', 'a[x]=1', 'a[0]b=1', '["a=1'])('refuses %j', (where) => {
    expect(parseWhere(where).ok).toBe(false)
  })
})

it.each([
  ['payload.data.id=0', true],
  ['payload.dta.id=42', false],
  ['payload[1].data.id=42', false],
  ['partition=0', true],
  ['prtition=3', false],
])('%s leads somewhere: %s', (where, expected) => {
  const parsed = parseWhere(where)
  expect(parsed.ok && leadsSomewhere(record, parsed.condition)).toBe(expected)
})

it('a path without a member leads nowhere', () => {
  const path = parsePath('a.b')
  expect(path.ok && [valuesAt(null, path.steps), valuesAt({ a: 1 }, path.steps), valuesAt({ a: { b: null } }, path.steps)]).toEqual([
    [],
    [],
    [null],
  ])
})
