import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { described, durationMs, durationSeconds, durationText, isSecret, parseDuration, secret } from './schema.ts'
import { compileSchema } from './validate.ts'

it('marks secrets in the JSON Schema', () => {
  expect(JSON.parse(JSON.stringify(secret({ default: '' })))).toEqual({ type: 'string', default: '', 'x-drakkar-secret': true })
  expect(isSecret(secret())).toBe(true)
  expect(isSecret(Type.String())).toBe(false)
  expect(isSecret(null)).toBe(false)
})

it('describes a copy that is optional like the original', () => {
  const plain = Type.Optional(Type.String())
  const schema = Type.Object({ a: described(plain, 'An a.') })
  expect(schema.properties.a).toMatchObject({ description: 'An a.' })
  expect(plain).not.toHaveProperty('description')
  expect(compileSchema(schema).check({})).toBe(true)
})

it('puts units and lower bounds on durations', () => {
  expect(durationSeconds({ default: 1.5 })).toMatchObject({ type: 'number', minimum: 0, default: 1.5, 'x-drakkar-unit': 'seconds' })
  expect(durationMs()).toMatchObject({ type: 'integer', minimum: 0, 'x-drakkar-unit': 'milliseconds' })
  expect(durationMs({ minimum: 1 })).toMatchObject({ minimum: 1 })
})

describe('parseDuration', () => {
  it.each([
    ['500ms', 500],
    ['1s', 1000],
    ['1.5s', 1500],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['3', 3000],
    [0.25, 250],
    [0, 0],
  ])('%s is %d ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds)
    expect(compileSchema(durationText()).check(text)).toBe(true)
  })

  it.each(['', 's', '1 s', '-1s', '1d', '1e3', 'Infinity', Number.NaN, -1, Number.POSITIVE_INFINITY])('%s is none', (text) => {
    expect(parseDuration(text)).toBeNull()
    expect(compileSchema(durationText()).check(text)).toBe(false)
  })
})
