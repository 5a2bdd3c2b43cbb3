import { stripVTControlCharacters } from 'node:util'
import { expect, it } from 'vitest'
import { fakeIo, run, type FakeIoOptions } from '../../test/fake-io.ts'
import { fixtureProject, packageJson, sinkModule } from '../../test/fixture-project.ts'

async function sinks(files: Readonly<Record<string, string | null>>, options: FakeIoOptions, ...commandLine: readonly string[]) {
  await using project = await fixtureProject(files)
  const io = fakeIo({ ...options, workingDirectory: project.root })
  const code = await run(io, {}, 'sinks', ...commandLine)
  return { code, output: io.output(), errors: io.errors() }
}

const ownSink = { 'package.json': packageJson('my-app', ['@acme/sinks'], { acme: './own.js' }), 'own.js': sinkModule('acme') }

it('lists types, packages, places, overrides and what is broken', async () => {
  const { code, output, errors } = await sinks(ownSink, {})
  expect(output.split('\n').map((line) => line.trimEnd().split(/ {2,}/))).toEqual([
    ['TYPE', 'PACKAGE', 'FROM', 'OVERRIDES', 'STATUS'],
    ['acme', 'my-app@2.0.0', 'own.js#default', '@acme/sinks@2.0.0', 'ok'],
    ['broken', '@acme/sinks@2.0.0', 'node_modules/@acme/sinks/broken.js#default', '-', 'DRK_PLUGIN_LOAD_FAILED'],
    [''],
  ])
  expect(errors).toMatch(/^DRK_PLUGIN_LOAD_FAILED: .*cannot reach amqp:\/\/\*\*\*/)
  expect(errors).not.toContain('hunter2')
  expect(code).toBe(0)
})

it('writes JSON with --json', async () => {
  const { output } = await sinks(ownSink, {}, '--json')
  expect(JSON.parse(output)).toMatchObject([
    {
      type: 'acme',
      package: 'my-app',
      version: '2.0.0',
      origin: 'app',
      overrides: ['@acme/sinks@2.0.0'],
      payload_key: 'acme_rows',
      error: null,
    },
    { type: 'broken', package: '@acme/sinks', origin: 'third_party', payload_key: null, error: { code: 'DRK_PLUGIN_LOAD_FAILED' } },
  ])
})

it('honours plugins.prefer', async () => {
  const { output } = await sinks({ ...ownSink, 'drakkar.yaml': 'plugins: { prefer: { acme: "@acme/sinks" } }' }, {}, '--json')
  expect(JSON.parse(output)).toMatchObject([{ type: 'acme', package: '@acme/sinks', overrides: ['my-app@2.0.0'] }, {}])
})

it('uses colours on a terminal, and none with NO_COLOR', async () => {
  const coloured = await sinks({}, { isTerminal: true })
  expect(coloured.output).toContain('\u001B[1m')
  const plain = await sinks({}, { isTerminal: true, environment: { NO_COLOR: '1' } })
  expect(plain.output).toBe(stripVTControlCharacters(coloured.output))
  expect((await sinks({}, {})).output).toBe(plain.output)
})

it('says what to do where there are none', async () => {
  const { code, output, errors } = await sinks({ 'package.json': packageJson('my-app') }, {})
  expect({ code, output }).toEqual({ code: 0, output: '' })
  expect(errors).toContain('npm install @drakkar/sink-file')
})
