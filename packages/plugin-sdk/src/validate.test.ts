import * as v from 'valibot'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { Type } from 'typebox'
import { z } from 'zod'
import { compileInput, compileSchema } from './validate.ts'

const Order = Type.Object(
  {
    id: Type.String({ pattern: '^o' }),
    lines: Type.Array(Type.Object({ sku: Type.String(), 'a/b': Type.Optional(Type.Integer()) })),
  },
  { additionalProperties: false },
)

describe('issues of a TypeBox schema', () => {
  const schema = compileSchema(Order)

  it('are none for what the schema accepts', () => {
    expect(schema.check({ id: 'o1', lines: [] })).toBe(true)
    expect(schema.issues({ id: 'o1', lines: [] })).toEqual([])
  })

  it('name every place at once, with positions in brackets', () => {
    const issues = schema.issues({ lines: [{ sku: 'x' }, { sku: 1, 'a/b': 'y' }, {}], extra: 1 })
    expect(issues.map(({ path, rule }) => `${path}: ${rule}`).toSorted()).toEqual([
      'extra: additionalProperties',
      'id: required',
      'lines[1].a/b: type',
      'lines[1].sku: type',
      'lines[2].sku: required',
    ])
  })

  it('never contain what was found', () => {
    expect(JSON.stringify(schema.issues({ id: 'CANARY', lines: 'CANARY' }))).not.toContain('CANARY')
  })

  it('of the value itself have an empty path', () => {
    expect(schema.issues(null)).toMatchObject([{ path: '', rule: 'type' }])
  })
})

describe('compileInput', () => {
  it('answers a TypeBox schema without a promise, with the same value', () => {
    const input = compileInput(Order)
    const value = { id: 'o1', lines: [] }
    const result = input.decode(value)
    expect(result).toEqual({ ok: true, value })
    expect(input.decode({ id: 'o1' })).toMatchObject({ ok: false, issues: [{ path: 'lines', rule: 'required' }] })
  })

  it('takes zod and valibot, with their transformations and paths', () => {
    const zod = compileInput(z.object({ at: z.array(z.object({ n: z.coerce.number() })) }))
    expect(zod.decode({ at: [{ n: '1' }] })).toEqual({ ok: true, value: { at: [{ n: 1 }] } })
    expect(zod.decode({ at: [{ n: 'x' }] })).toMatchObject({ ok: false, issues: [{ path: 'at[0].n' }] })
    const valibot = compileInput(v.object({ at: v.tuple([v.string()]) }))
    expect(valibot.decode({ at: [1] })).toMatchObject({ ok: false, issues: [{ path: 'at[0]' }] })
  })

  it('waits for a schema that works asynchronously', async () => {
    const input = compileInput(z.string().refine(async (text) => text === 'yes'))
    await expect(input.decode('yes')).resolves.toEqual({ ok: true, value: 'yes' })
    await expect(input.decode('no')).resolves.toMatchObject({ ok: false })
  })

  it('turns a schema that throws or rejects into an issue', async () => {
    const throwing = (validate: () => never | Promise<never>) =>
      compileInput({ '~standard': { version: 1 as const, vendor: 'test', validate } })
    const sync = throwing(() => {
      throw new Error('boom')
    })
    const issues = [{ path: '', message: 'the schema failed: boom', rule: 'exception' }]
    expect(sync.decode(1)).toEqual({ ok: false, issues })
    await expect(throwing(() => Promise.reject(new Error('boom'))).decode(1)).resolves.toEqual({ ok: false, issues })
  })

  it('infers the decoded type', () => {
    const zod = compileInput(z.object({ n: z.coerce.number() }))
    expectTypeOf(zod.decode).returns.extract<{ ok: true }>().toEqualTypeOf<{ readonly ok: true; readonly value: { n: number } }>()
  })
})
