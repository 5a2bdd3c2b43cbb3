import { defineSink, PluginError, type SinkDefinition } from '@drakkar/plugin-sdk'
import { Type } from 'typebox'
import { describe, expect, test } from 'vitest'
import { parseConfigDocument, validateDocument } from '../../src/config/load-config.ts'
import { redactedConfig } from '../../src/config/redacted-config.ts'
import { loadSinkTypes, type SinkTypes } from '../../src/config/sink-options.ts'
import { loadText, problemsOf } from './load-text.ts'
import { sinkSchemas } from './sink-schemas.ts'

const mine = defineSink({
  type: 'mine',
  config: Type.Object({ size: Type.Integer({ minimum: 1, description: 'Size.' }) }, { additionalProperties: false }),
  payload: Type.Object({ data: Type.Unknown() }),
  create: () => ({ deliver: () => {} }),
})

/** A registry with one good type and one broken one. */
class FakeRegistry implements SinkTypes {
  readonly calls: string[] = []

  prefer(prefer: Readonly<Record<string, string>>): void {
    this.calls.push(`prefer ${JSON.stringify(prefer)}`)
  }

  allNames(): readonly string[] {
    return ['broken', 'mine']
  }

  load(type: string): Promise<SinkDefinition> {
    this.calls.push(`load ${type}`)
    if (type === 'mine') return Promise.resolve(mine)
    const code = type === 'broken' ? 'DRK_PLUGIN_LOAD_FAILED' : 'DRK_PLUGIN_UNKNOWN_TYPE'
    return Promise.reject(new PluginError({ code, sinkType: type, message: `${type} cannot be loaded` }))
  }
}

const documentOf = (text: string) => parseConfigDocument({ text, file: '/app/drakkar.yaml', shownAs: 'drakkar.yaml' }, {})

describe('the packages of the types a file names', () => {
  test('are loaded after the preferences are known, and only those', async () => {
    const registry = new FakeRegistry()
    const document = documentOf('sinks: { mine: { a: { size: 2 } } }\nplugins: { prefer: { mine: "@x/y" } }')
    const { definitions, options } = await loadSinkTypes(document, registry)
    expect(registry.calls).toEqual(['prefer {"mine":"@x/y"}', 'load mine'])
    expect([...definitions.keys()]).toEqual(['mine'])
    expect(validateDocument(document, options).config.sinks['mine']).toMatchObject({ a: { size: 2 } })
  })

  test('that are missing, broken or misspelt are reported with their lines, beside everything else', async () => {
    const document = documentOf('sinks:\n  mine: { a: { size: 0 } }\n  mind: { a: {} }\n  broken: { a: {} }\n  postgres: { a: {} }')
    const { options } = await loadSinkTypes(document, new FakeRegistry())
    expect(() => validateDocument(document, options)).toThrow(
      [
        '4 problems in the configuration:',
        '  drakkar.yaml:2:22 sinks.mine.a.size: must be an integer ≥ 1, got 0',
        '  drakkar.yaml:3:3 sinks.mind: no installed package offers the sink type "mind"; did you mean "mine"?',
        '  drakkar.yaml:4:3 sinks.broken: broken cannot be loaded',
        '  drakkar.yaml:5:3 sinks.postgres: no installed package offers the sink type "postgres"; install it with: npm install @drakkar/sink-postgres',
      ].join('\n'),
    )
  })

  test('whose registry fails for another reason reject', async () => {
    const registry = new FakeRegistry()
    registry.load = () => Promise.reject(new TypeError('defect'))
    await expect(loadSinkTypes(documentOf('sinks: { mine: { a: {} } }'), registry)).rejects.toThrow('defect')
  })
})

describe('a schema that says more than its properties', () => {
  const account = Type.Object(
    { user: Type.Optional(Type.String()), password: Type.Optional(Type.String()), port: Type.Integer({ default: 1 }) },
    { dependentRequired: { user: ['password'] } },
  )
  const options = { sinkSchemas: new Map([['account', account]]) }

  test('is asked as a whole, at the place of the instance', () => {
    expect(problemsOf('sinks:\n  account:\n    a: { user: u }', {}, options)).toEqual([
      expect.stringMatching(/^drakkar\.yaml:3:8 sinks\.account\.a: .*password/),
    ])
  })

  test('is asked after the defaults', () => {
    const { config } = loadText('sinks:\n  account:\n    a: { user: u, password: p }', {}, options)
    expect(config.sinks['account']).toMatchObject({ a: { user: 'u', password: 'p', port: 1 } })
  })
})

describe('the configuration as it may be shown', () => {
  test('has no secret in it', () => {
    const { config } = loadText(`
kafka: { sasl: { username: u, password: c4n4ry }, client_options: { a: c4n4ry } }
executor: { env: { PLAIN: c4n4ry } }
debug: { auth_token: c4n4ry, prometheus_url: 'https://u:c4n4ry@h' }
sinks:
  postgres: { main: { dsn: 'postgresql://u:c4n4ry@h/d' } }
  http: { hook: { url: 'https://u:c4n4ry@h', headers: { Authorization: c4n4ry } } }
  custom: { my_custom: { a: { endpoint: x, api_key: c4n4ry } } }`)
    const shown = JSON.stringify(redactedConfig(config, sinkSchemas))
    expect(shown).not.toContain('c4n4ry')
    expect(shown).toContain('"max_executors":4')
    expect(JSON.stringify(redactedConfig(config, new Map()))).not.toContain('c4n4ry')
  })
})
