import { describe, expect, it } from 'vitest'
import { ConfigError, DrakkarError, errorMessage, LogError, PluginError, SinkContractError, SinkError } from './errors.ts'

const examples = [
  new ConfigError({ code: 'DRK_CONFIG_INVALID', message: 'x' }),
  new PluginError({ code: 'DRK_PLUGIN_INVALID', message: 'x', sinkType: 'a' }),
  new SinkError({ kind: 'permanent', message: 'x' }),
  new SinkContractError({ message: 'x', ids: ['a'] }),
  new LogError({ kind: 'fenced', message: 'x' }),
]
const families = [ConfigError, PluginError, SinkError, SinkContractError, LogError]

describe.each(examples)('$name', (error) => {
  it('is a DrakkarError and of its own family only', () => {
    expect(DrakkarError.isInstance(error)).toBe(true)
    expect(families.filter((family) => family.isInstance(error)).map(({ name }) => name)).toEqual([error.name])
  })

  it('has a code and shows neither brand nor class internals', () => {
    expect(error.code).toMatch(/^DRK_/)
    expect(Object.keys(error)).not.toContain('brand')
  })
})

it('recognises an error made by another copy of this module', async () => {
  const copy: { SinkError: typeof SinkError } = await import(`./errors.ts?copy=${'2'}`)
  const error = new copy.SinkError({ kind: 'transient', message: 'x' })
  expect(error).not.toBeInstanceOf(SinkError)
  expect(SinkError.isInstance(error)).toBe(true)
})

it.each([null, undefined, 'DrakkarError', {}, new Error('x')])('does not take %s for one', (value) => {
  expect(DrakkarError.isInstance(value)).toBe(false)
})

it('keeps the cause only when there is one', () => {
  expect(new SinkError({ kind: 'permanent', message: 'x' })).not.toHaveProperty('cause')
  expect(new SinkError({ kind: 'permanent', message: 'x', cause: 0 }).cause).toBe(0)
})

it.each([
  [new Error('text'), 'text'],
  [new TypeError(), 'TypeError'],
  ['thrown', 'thrown'],
  [undefined, 'undefined'],
  [Object.create(null), 'a value that cannot be shown was thrown'],
])('errorMessage of what was thrown is %s', (thrown, message) => {
  expect(errorMessage(thrown)).toBe(message)
})
