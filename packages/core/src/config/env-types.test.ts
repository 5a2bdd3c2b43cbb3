import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { generateEnvTypes } from './env-types.ts'

describe('drakkar-env.d.ts', () => {
  const instances = [
    { payloadKey: 'kafka', name: 'results', packageName: '@drakkar/sink-kafka' },
    { payloadKey: 'files', name: 'out', packageName: '@drakkar/sink-file' },
    { payloadKey: 'kafka', name: 'alerts', packageName: '@drakkar/sink-kafka' },
    { payloadKey: 'mine', name: 'a' },
  ]

  test('names the instances of every payload key and imports the packages', () => {
    expect(generateEnvTypes(instances))
      .toBe(`// Written by \`drakkar types\` from the configuration. Do not edit; run it again after changing the sinks.
// Include this file in tsconfig.json: payloads for sinks that are not configured, or without a name where there are
// several, then do not compile.
import type {} from '@drakkar/plugin-sdk'
import type {} from '@drakkar/sink-file'
import type {} from '@drakkar/sink-kafka'

declare module '@drakkar/plugin-sdk' {
  interface ConfiguredSinks {
    files: 'out'
    kafka: 'alerts' | 'results'
    mine: 'a'
  }
}
`)
  })

  test('does not depend on the order of the instances', () => {
    expect(generateEnvTypes([...instances].reverse())).toBe(generateEnvTypes(instances))
  })

  test.each(['main-db', "it's", 'a"b', 'back\\slash', 'new\nline', '\u2028', '1', 'default', ''])(
    'writes the name %j as a literal',
    (name) => {
      const text = generateEnvTypes([{ payloadKey: name, name }])
      const line = text.split('\n').find((candidate) => candidate.startsWith('    ')) ?? ''
      expect(runInNewContext(`({ ${line.trim()} })`)).toEqual({ [name]: name })
    },
  )

  test('without any sink no payload compiles', () => {
    expect(generateEnvTypes([])).toContain('custom: never')
  })
})
