/** Rules of the definition: manifest value, schemas, descriptions, secrets. */
import assert from 'node:assert/strict'
import { isSinkDefinition, sinkContractVersion } from '../define-sink.ts'
import { isSecret } from '../schema.ts'
import { compileSchema } from '../validate.ts'
import type { ConformanceCase } from './conformance-case.ts'
import { schemaProperties } from './schema-properties.ts'

/** Narrower than redaction by name: `partition_key` is a name that redaction hides for safety, and no secret. */
const tellsSecret = /pass(?:word|phrase|wd)|secret|token|credential|(?:api|access|private)_?key|_dsn$/i

export const definitionCases: readonly ConformanceCase[] = [
  {
    rule: 'SINK-001',
    async run({ definition }) {
      assert.ok(isSinkDefinition(definition), 'the definition was not made by defineSink()')
      assert.equal(definition.contractVersion, sinkContractVersion)
    },
  },
  {
    rule: 'SINK-002',
    async run({ definition }) {
      const silent = schemaProperties(definition.config).filter(
        ({ schema }) => typeof schema.description !== 'string' || schema.description === '',
      )
      assert.deepEqual(
        silent.map(({ path }) => path),
        [],
        'properties without a description',
      )
    },
  },
  {
    rule: 'SINK-003',
    async run({ definition, config }) {
      const schema = compileSchema(definition.config)
      assert.deepEqual(schema.issues(config), [], 'the configuration of the options is refused')
      assert.ok(!schema.check({ ...config, no_such_key_of_any_sink: 1 }), 'an unknown key is accepted')
    },
  },
  {
    rule: 'SINK-004',
    async run({ definition, options }) {
      const schema = compileSchema(definition.payload)
      for (const sample of options.samples) assert.deepEqual(schema.issues(sample), [], 'a sample is refused')
      for (const invalid of [null, ...(options.invalidPayloads ?? [])]) assert.ok(!schema.check(invalid), 'an invalid payload is accepted')
    },
  },
  {
    rule: 'SINK-005',
    async run({ definition }) {
      const open = schemaProperties(definition.config).filter(({ name, schema }) => {
        const looksSecret = tellsSecret.test(name) && schema.type === 'string'
        return looksSecret && !isSecret(schema)
      })
      assert.deepEqual(
        open.map(({ path }) => path),
        [],
        'declare these with secret()',
      )
    },
  },
  {
    rule: 'SINK-006',
    async run(run) {
      run.needs('openHandles')
      run.create()
      assert.equal(await run.openHandles(), 0, 'create() opened something')
    },
  },
]
