import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { defineSink, type PluginError } from '@drakkar/plugin-sdk'
import { Type } from 'typebox'
import { expect, it } from 'vitest'
import { SinkRegistry } from '../../src/registry/sink-registry.ts'
import { definitionModule, fixtureApp, importsOf, recordingLogger, type FixtureApp, type FixturePackage } from './fixture-app.ts'

const kafkaPackage: FixturePackage = {
  name: '@drakkar/sink-kafka',
  version: '2.0.0',
  sinks: { kafka: './dist/index.js' },
  modules: { 'dist/index.js': definitionModule('kafka') },
}

async function install(app: FixtureApp, ...packages: readonly FixturePackage[]): Promise<void> {
  await app.writePackage('.', { name: 'my-app', dependencies: packages.map(({ name }) => name) })
  for (const description of packages) await app.writePackage(`node_modules/${description.name}`, description)
}

function failureOf(loading: Promise<unknown>): Promise<PluginError> {
  return loading.then(
    () => Promise.reject(new Error('expected a rejection')),
    (error: PluginError) => error,
  )
}

it('offers nothing where there is no package.json, and says so when a type is asked for', async () => {
  const registry = new SinkRegistry()
  expect(registry.allNames()).toEqual([])
  expect(registry.get('kafka')).toBeNull()
  const error = await failureOf(registry.load('kafka'))
  expect(error).toMatchObject({ code: 'DRK_PLUGIN_UNKNOWN_TYPE', sinkType: 'kafka' })
  expect(error.message).toContain('no package.json was found')
  expect(error.message).toContain('npm install @drakkar/sink-kafka')
})

it('lists types sorted and tells who offers them, without importing anything', async () => {
  await using app = await fixtureApp()
  const marker = 'registry-test-lazy'
  await install(app, kafkaPackage, {
    name: 'acme',
    sinks: { acme_b: './b.js', acme_a: './b.js#named' },
    modules: { 'b.js': definitionModule('acme_b', { marker }) },
  })
  const registry = await SinkRegistry.discover(app.root)
  expect(registry.appRoot).toBe(app.root)
  expect(registry.allNames()).toEqual(['acme_a', 'acme_b', 'kafka'])
  expect(registry.get('kafka')).toMatchObject({
    packageName: '@drakkar/sink-kafka',
    version: '2.0.0',
    origin: 'official',
    overrides: [],
    conflict: null,
  })
  expect(registry.get('acme_a')?.location).toBe(`${app.at('node_modules/acme/b.js')}#named`)
  await registry.load('kafka')
  expect(importsOf(marker)).toBe(0)
  await registry.load('acme_b')
  expect(importsOf(marker)).toBe(1)
})

it('imports a module once, whoever asks and however often', async () => {
  await using app = await fixtureApp()
  await install(app, kafkaPackage)
  let imports = 0
  const registry = await SinkRegistry.discover(app.root, { importModule: (url) => ((imports += 1), import(url)) })
  const [first, second] = await Promise.all([registry.load('kafka'), registry.load('kafka')])
  expect(first).toBe(second)
  await registry.describe()
  expect(imports).toBe(1)
})

it('hands over a file URL that Node can import, also from folders whose names mean something in a URL', async () => {
  await using app = await fixtureApp('a folder #1 with 100%25 ? ü')
  await install(app, kafkaPackage)
  const urls: string[] = []
  const registry = await SinkRegistry.discover(app.root, { importModule: (url) => (urls.push(url), Promise.reject(new Error('not here'))) })
  await failureOf(registry.load('kafka'))
  const script = 'const { default: definition } = await import(process.argv[1]); process.stdout.write(definition.type)'
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, ...urls])
  expect(stdout).toBe('kafka')
})

it("lets the app's own manifest override kafka, and logs it once", async () => {
  await using app = await fixtureApp()
  await install(app, kafkaPackage)
  await app.writePackage('.', {
    name: 'my-app',
    dependencies: ['@drakkar/sink-kafka'],
    sinks: { kafka: './sinks/kafka.js', mine: './sinks/mine.js#mine' },
    modules: {
      'sinks/kafka.js': definitionModule('kafka', { marker: 'registry-test-own-kafka' }),
      'sinks/mine.js': definitionModule('mine', { exportAs: 'mine' }),
    },
  })
  const { logger, events } = recordingLogger()
  const registry = await SinkRegistry.discover(app.root, { logger })
  expect(registry.get('kafka')).toMatchObject({ origin: 'app', packageName: 'my-app', overrides: ['@drakkar/sink-kafka@2.0.0'] })
  await expect(registry.load('mine')).resolves.toMatchObject({ type: 'mine' })
  await registry.load('kafka')
  expect(importsOf('registry-test-own-kafka')).toBe(1)
  await registry.describe()
  registry.prefer({})
  expect(events).toEqual([
    {
      level: 'info',
      event: 'sink_registry_override',
      fields: { sink_type: 'kafka', used: 'my-app@1.0.0', overridden: ['@drakkar/sink-kafka@2.0.0'] },
    },
  ])
})

it('lets a third party override a package of this project, and code override everything', async () => {
  await using app = await fixtureApp()
  await install(app, kafkaPackage, { ...kafkaPackage, name: 'acme-kafka', version: '9.9.9' })
  const { logger, events } = recordingLogger()
  const registry = await SinkRegistry.discover(app.root, { logger })
  expect(registry.get('kafka')).toMatchObject({ origin: 'third_party', packageName: 'acme-kafka' })
  const own = defineSink({ type: 'kafka', config: Type.Object({}), payload: Type.Object({}), create: () => ({ deliver: () => {} }) })
  registry.register(own)
  expect(registry.get('kafka')).toMatchObject({ origin: 'registered', overrides: ['acme-kafka@9.9.9', '@drakkar/sink-kafka@2.0.0'] })
  await expect(registry.load('kafka')).resolves.toBe(own)
  expect(events.map(({ event }) => event)).toEqual(['sink_registry_override', 'sink_registry_override'])
})

it('refuses to register what defineSink did not make', () => {
  const lookalike = { type: 'mine', create: () => ({ deliver: () => {} }) }
  expect(() => new SinkRegistry().register(lookalike as never)).toThrow(/register\(\) needs a sink definition/)
})

it('refuses a type that two third parties offer until one is preferred', async () => {
  await using app = await fixtureApp()
  const s3 = (name: string): FixturePackage => ({
    name,
    sinks: { s3: './index.js' },
    modules: { 'index.js': definitionModule('s3', { marker: `registry-test-${name}` }) },
  })
  await install(app, kafkaPackage, s3('alpha-s3'), s3('@beta/s3'))
  const registry = await SinkRegistry.discover(app.root)
  expect(registry.conflicts()).toHaveLength(1)
  const error = await failureOf(registry.load('s3'))
  expect(error).toMatchObject({ code: 'DRK_PLUGIN_CONFLICT', sinkType: 's3' })
  expect(error.message).toMatch(/@beta\/s3@1\.0\.0 and alpha-s3@1\.0\.0/)
  await expect(registry.load('kafka')).resolves.toBeDefined()
  registry.prefer({ s3: 'alpha-s3' })
  expect(registry.conflicts()).toEqual([])
  await registry.load('s3')
  expect([importsOf('registry-test-alpha-s3'), importsOf('registry-test-@beta/s3')]).toEqual([1, 0])
})

const loadFailed = { code: 'DRK_PLUGIN_LOAD_FAILED', event: 'sink_registry_entry_point_load_failed' }
const invalid = { code: 'DRK_PLUGIN_INVALID', event: 'sink_registry_entry_point_invalid' }

it.each([
  { title: 'throws at import', module: 'throw new Error("no licence file")', reason: /no licence file/, ...loadFailed },
  { title: 'lacks the module', module: null, reason: /index\.js/, ...loadFailed },
  { title: 'lacks the export', module: 'export const other = 1', reason: /does not exist/, ...invalid },
  { title: 'exports a class', module: 'export default class Broken {}', reason: /class Broken/, ...invalid },
  {
    title: 'has another contract',
    module: definitionModule('broken', { contractVersion: 7 }),
    reason: /version 7 .*version 1/,
    ...invalid,
  },
  { title: 'defines another type', module: definitionModule('other'), reason: /"other".*"broken"/, ...invalid },
])('keeps a package that $title to itself', async ({ module, reason, code, event }) => {
  await using app = await fixtureApp()
  const modules: Readonly<Record<string, string>> = module === null ? {} : { 'index.js': module }
  await install(app, kafkaPackage, { name: 'acme-broken', version: '0.3.0', sinks: { broken: './index.js' }, modules })
  const { logger, events } = recordingLogger()
  const registry = await SinkRegistry.discover(app.root, { logger })
  await expect(registry.load('kafka')).resolves.toBeDefined()
  expect(events).toEqual([])
  const error = await failureOf(registry.load('broken'))
  expect(error).toMatchObject({ code, sinkType: 'broken', packageName: 'acme-broken' })
  expect(error.message).toMatch(reason)
  expect(error.message).toContain('acme-broken@0.3.0')
  expect(error.message).toContain('installed types: broken, kafka')
  const rows = await registry.describe()
  expect(rows.map(({ type, error: problem }) => [type, problem?.code ?? null])).toEqual([
    ['broken', code],
    ['kafka', null],
  ])
  expect(events.map((logged) => [logged.level, logged.event, logged.fields['sink_type']])).toEqual([['warn', event, 'broken']])
})

it.each([
  ['the whole field is a list', { fields: { drakkar: [] } }],
  ['sinks is a string', { sinks: './index.js' }],
  ['a target is not a string', { sinks: { broken: 7 } }],
  ['a target leaves the package', { sinks: { broken: '../outside.js' } }],
  ['a target is a bare name', { sinks: { broken: 'lodash' } }],
  ['a type is not a snake_case name', { sinks: { 'Bro-ken': './index.js' } }],
])('warns about a manifest in which %s, and goes on', async (_title, shape) => {
  await using app = await fixtureApp()
  await install(app, kafkaPackage, { name: 'acme-broken', ...shape })
  const { logger, events } = recordingLogger()
  const registry = await SinkRegistry.discover(app.root, { logger })
  await expect(registry.load('kafka')).resolves.toBeDefined()
  expect(events).toHaveLength(1)
  expect(events[0]).toMatchObject({ level: 'warn', event: 'sink_registry_entry_point_invalid', fields: { package: 'acme-broken@1.0.0' } })
  const broken = (await registry.describe()).filter(({ packageName }) => packageName === 'acme-broken')
  expect(broken).toHaveLength(1)
  expect(broken[0]?.error?.code).toBe('DRK_PLUGIN_INVALID')
})

it('lets any number of unusable manifests harm nobody, and shows each', async () => {
  await using app = await fixtureApp()
  const manifests: readonly FixturePackage[] = [
    { name: 'list', fields: { drakkar: [] } },
    { name: 'text', sinks: 'kafka' },
    { name: 'half', sinks: { kafka: 7, half: './index.js' }, modules: { 'index.js': definitionModule('half') } },
  ]
  await install(app, kafkaPackage, ...manifests)
  await app.writePackage('.', { name: 'my-app', dependencies: ['@drakkar/sink-kafka', 'list', 'text', 'half', 'cut'] })
  await app.writeText('node_modules/cut/package.json', '{"name": ')
  const registry = await SinkRegistry.discover(app.root)
  expect(registry.conflicts()).toEqual([])
  expect(registry.allNames()).toEqual(['half'])
  registry.prefer({ kafka: '@drakkar/sink-kafka' })
  expect(registry.allNames()).toEqual(['half', 'kafka'])
  const rows = await registry.describe()
  expect(rows.map(({ type, packageName, error }) => [type, packageName, error?.code ?? null])).toEqual([
    ['', 'list', 'DRK_PLUGIN_INVALID'],
    ['', 'text', 'DRK_PLUGIN_INVALID'],
    ['', 'cut', 'DRK_PLUGIN_INVALID'],
    ['half', 'half', null],
    ['kafka', 'half', 'DRK_PLUGIN_INVALID'],
    ['kafka', '@drakkar/sink-kafka', null],
  ])
  expect(rows[0]?.error?.message).toMatch(/^the manifest of list@1\.0\.0 .* cannot be used: drakkar: must be an object/)
  expect(rows[2]?.error?.message).toContain('cannot be read')
})

it('tells how to go on with the original when the package that overrides it is broken', async () => {
  await using app = await fixtureApp()
  await install(app, kafkaPackage, { name: 'acme-kafka', sinks: { kafka: './dist/index.js' } })
  const error = await failureOf((await SinkRegistry.discover(app.root)).load('kafka'))
  expect(error.message).toContain('the file does not exist; was the package built?')
  expect(error.message).toContain("plugins.prefer.kafka: '@drakkar/sink-kafka' uses @drakkar/sink-kafka@2.0.0 instead")
})
