import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError } from '@drakkar/plugin-sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readConfigDocument, validateDocument } from './load-config.ts'
import { forSinksAlone, loadLogConfig } from './load-replay-config.ts'

let directory = ''
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'drakkar-log-config-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

function load(yaml: string, env: Record<string, string> = {}) {
  writeFileSync(join(directory, 'drakkar.yaml'), yaml)
  return loadLogConfig('drakkar.yaml', { cwd: directory, env }).config
}

const problemsOf = (yaml: string, env: Record<string, string> = {}): readonly string[] => {
  try {
    load(yaml, env)
    return []
  } catch (error) {
    if (!ConfigError.isInstance(error)) throw error
    return error.problems.map(({ path }) => path)
  }
}

describe('the configuration for tools of the log', () => {
  it('takes log and dead letters, and does not mind the rest', () => {
    const config = load(
      `kafka: { brokers: "b:1", source_topic: in }
dlq: { topic: letters, brokers: "c:1" }
executor: { nonsense: true, max_executors: none, binary_path: "\${NOWHERE}" }
sinks: { notinstalled: { main: { x: 1 } } }
metrics: 5
`,
      { DRAKKAR_EXECUTOR__TYPO: '1', DRAKKAR_DLQ__TOPIC: 'overridden' },
    )
    expect(config).toMatchObject({ kafka: { brokers: 'b:1', source_topic: 'in' }, dlq: { topic: 'overridden', brokers: 'c:1' }, sinks: {} })
  })

  it.each([
    ['kafka: { brokers: 5, sorce_topic: in }', ['kafka.brokers', 'kafka.sorce_topic']],
    ['dlq: { topic: [] }', ['dlq.topic']],
    ['embedded: { path: "" }', ['embedded.path']],
    ['kafka: { brokers: "b:1" }\nembedded: {}', ['embedded']],
    ['kafka: { brokers: "${NOWHERE}" }', ['kafka.brokers']],
    ['kafak: { brokers: "b:1" }', ['kafak']],
  ])('reports what is wrong in %j', (yaml, paths) => {
    expect(problemsOf(yaml)).toEqual(paths)
  })

  it('reports a variable for a key that does not exist', () => {
    expect(problemsOf('kafka: {}', { DRAKKAR_KAFKA__BROKRES: 'x' })).toHaveLength(1)
  })
})

it('sinks are kept for what is made through them', () => {
  writeFileSync(join(directory, 'sinks.yaml'), 'executor: 5\nsinks: { some: { main: { x: 1 } } }\nplugins: { prefer: { some: pack } }\n')
  const document = forSinksAlone(readConfigDocument('sinks.yaml', { cwd: directory, env: {} }))
  expect(document.usedSinkTypes.map(({ type }) => type)).toEqual(['some'])
  expect(validateDocument(document).config).toMatchObject({ sinks: { some: { main: { x: 1 } } }, plugins: { prefer: { some: 'pack' } } })
})
