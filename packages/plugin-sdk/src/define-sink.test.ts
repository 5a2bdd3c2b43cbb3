import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { defineSink, frameworkInstanceKeys, isSinkDefinition } from './define-sink.ts'
import { SinkError } from './errors.ts'
import { createTestSink } from './testing/create-test-sink.ts'
import { createTestContext, deliverCall, deliveryItem } from './testing/test-context.ts'

const valid = {
  type: 'orders',
  config: Type.Object({}),
  payload: Type.Object({ id: Type.String() }),
  create: () => ({ deliver: () => {} }),
}

it('completes a definition with the defaults', () => {
  expect(defineSink(valid)).toMatchObject({
    payloadKey: 'orders',
    short: 'orders',
    idempotent: false,
    capabilities: {},
    contractVersion: 1,
  })
  expect(defineSink({ ...valid, payloadKey: 'files', short: 'fs', idempotent: true })).toMatchObject({
    payloadKey: 'files',
    short: 'fs',
    idempotent: true,
  })
})

it('marks definitions, and only them', async () => {
  expect(isSinkDefinition(defineSink(valid))).toBe(true)
  for (const other of [valid, { ...defineSink(valid) }, null, 'orders']) expect(isSinkDefinition(other)).toBe(false)
  const copy: { defineSink: typeof defineSink } = await import(`./define-sink.ts?copy=${'2'}`)
  expect(isSinkDefinition(copy.defineSink(valid))).toBe(true)
})

it('derives a type from another definition', () => {
  const derived = defineSink({ ...defineSink(valid), type: 'stripe', payloadKey: 'stripe', idempotent: true })
  expect(derived).toMatchObject({ type: 'stripe', payloadKey: 'stripe', idempotent: true })
  expect(isSinkDefinition(derived)).toBe(true)
})

describe('refuses, naming what is wrong,', () => {
  it.each([
    ['a type in another case', { ...valid, type: 'Orders' }, 'snake_case'],
    ['the type custom', { ...valid, type: 'custom' }, 'custom'],
    ['the type circuit_breaker', { ...valid, type: 'circuit_breaker' }, 'circuit_breaker'],
    ['a configuration that is no object', { ...valid, config: Type.String() }, 'config'],
    ['a missing payload schema', { ...valid, payload: undefined }, 'payload'],
    ['a missing create', { ...valid, create: undefined }, 'create'],
    ['a payload field of the framework', { ...valid, payload: Type.Object({ sink: Type.String() }) }, 'sink'],
    ['the payload id', { ...valid, payload: Type.Object({ payloadId: Type.String() }) }, 'payloadId'],
  ])('%s', (_name, input, word) => {
    // @ts-expect-error most of these are compile errors, too
    expect(() => defineSink(input)).toThrow(expect.objectContaining({ code: 'DRK_PLUGIN_INVALID', message: expect.stringContaining(word) }))
  })

  it.each(frameworkInstanceKeys)('the framework key %s in the configuration', (key) => {
    expect(() => defineSink({ ...valid, config: Type.Object({ [key]: Type.String() }) })).toThrow(key)
  })
})

describe('a sink that is one function', () => {
  it('is called for every payload; a throw fails that payload alone', async () => {
    const seen: unknown[] = []
    const definition = defineSink({
      type: 'one',
      payload: Type.Object({ n: Type.Number() }),
      process({ n }, item, call) {
        seen.push([n, item.id, call.signal.aborted])
        if (n === 2) throw new Error('no twos')
        if (n === 4) throw Object.assign(new Error('connect pg://u:CANARY@h'), { code: 'ECONNREFUSED' })
        if (n === 3) throw new SinkError({ kind: 'throttled', message: 'later', retryAfterMs: 5 })
      },
    })
    const batch = [1, 2, 3, 4].map((n) => deliveryItem({ n }, { id: `p${n}` }))
    const answers = await createTestSink(definition).deliver(batch, deliverCall())
    expect(seen).toEqual([
      [1, 'p1', false],
      [2, 'p2', false],
      [3, 'p3', false],
      [4, 'p4', false],
    ])
    expect(answers).toMatchObject([
      { id: 'p1', status: 'ok' },
      { id: 'p2', status: 'failure', error: { kind: 'permanent', message: 'no twos' } },
      { id: 'p3', status: 'failure', error: { kind: 'throttled', retryAfterMs: 5 } },
      { id: 'p4', status: 'failure', error: { kind: 'transient', message: 'connect pg://***:***@h' } },
    ])
  })

  it('has no configuration, and a payload of any data unless it says otherwise', () => {
    const definition = defineSink({ type: 'one', process: () => {} })
    expect(definition.payload).toMatchObject({ type: 'object', required: ['data'] })
    expect(() => createTestSink(definition, { url: 'x' }, createTestContext())).toThrow('url is not a known key')
  })
})
