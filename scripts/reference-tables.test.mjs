import { describe, expect, it } from 'vitest'
import { optionTable, replaceBlock } from './reference-tables.mjs'

describe('the option table', () => {
  it('has a row per key with type, default and meaning, nested keys with their path', () => {
    const schema = {
      required: ['url'],
      properties: {
        url: { type: 'string', description: 'Where | what.' },
        limits: {
          type: 'object',
          description: 'Limits.',
          properties: { items: { type: 'integer', default: 5, description: 'How many.' } },
        },
      },
    }
    expect(optionTable(schema).split('\n')).toEqual([
      '| Key | Type | Default | Meaning |',
      '| --- | --- | --- | --- |',
      '| `url` | string | required | Where \\| what. |',
      '| `limits` | object |  | Limits. |',
      '| `limits.items` | integer | `5` | How many. |',
    ])
  })
})

describe('a generated block in a page', () => {
  it('is replaced between its markers', () => {
    expect(replaceBlock('a <!-- x:begin -->old<!-- x:end --> b', 'x', 'new')).toBe('a <!-- x:begin -->\n\nnew\n\n<!-- x:end --> b')
  })
  it('is null when the page has no markers', () => {
    expect(replaceBlock('a', 'x', 'new')).toBeNull()
  })
})
