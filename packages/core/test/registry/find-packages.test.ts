import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { findPackages } from '../../src/registry/find-packages.ts'
import { SinkRegistry } from '../../src/registry/sink-registry.ts'
import { definitionModule, fixtureApp, recordingLogger, type FixturePackage } from './fixture-app.ts'

function sinkPackage(name: string, type: string): FixturePackage {
  return { name, sinks: { [type]: './index.js' }, modules: { 'index.js': definitionModule(type) } }
}

it('reads dependencies of every kind, each once, and not their dependencies', async () => {
  await using app = await fixtureApp()
  await app.writeJson('package.json', {
    name: 'my-app',
    dependencies: { '@drakkar/sink-a': '1', plain: '1' },
    devDependencies: { '@drakkar/sink-a': '1', 'dev-sink': '1' },
    optionalDependencies: { 'optional-sink': '1' },
    peerDependencies: { 'peer-sink': '1' },
  })
  for (const name of ['@drakkar/sink-a', 'dev-sink', 'optional-sink', 'peer-sink'])
    await app.writePackage(`node_modules/${name}`, sinkPackage(name, 'any'))
  await app.writePackage('node_modules/plain', { name: 'plain', dependencies: ['transitive-sink'] })
  await app.writePackage('node_modules/transitive-sink', sinkPackage('transitive-sink', 'hidden'))
  const scan = await findPackages(app.root)
  expect(scan.packages.map(({ name }) => name)).toEqual(['my-app', '@drakkar/sink-a', 'dev-sink', 'optional-sink', 'peer-sink', 'plain'])
  expect(scan.packages.map(({ isApp }) => isApp)).toEqual([true, false, false, false, false, false])
})

it('finds the application above the folder it starts in', async () => {
  await using app = await fixtureApp()
  await app.writePackage('.', { name: 'my-app', dependencies: ['acme'] })
  await app.writePackage('node_modules/acme', sinkPackage('acme', 'acme'))
  await mkdir(app.at('src/deep'), { recursive: true })
  const registry = await SinkRegistry.discover(app.at('src/deep'))
  expect(registry.appRoot).toBe(app.root)
  expect(registry.allNames()).toEqual(['acme'])
})

it('finds hoisted and linked packages of an npm workspace', async () => {
  await using repository = await fixtureApp()
  await repository.writeJson('package.json', {
    name: 'monorepo',
    workspaces: ['apps/*', 'packages/*'],
    dependencies: { 'not-for-the-app': '1' },
  })
  await repository.writePackage('apps/worker', { name: 'worker', dependencies: ['@acme/sink-own', 'hoisted', 'nested'] })
  await repository.writePackage('packages/sink-own', sinkPackage('@acme/sink-own', 'own'))
  await repository.link('packages/sink-own', 'node_modules/@acme/sink-own')
  await repository.writePackage('node_modules/hoisted', sinkPackage('hoisted', 'hoisted'))
  await repository.writePackage('node_modules/nested', { ...sinkPackage('nested', 'nested'), version: '1.0.0' })
  await repository.writePackage('apps/worker/node_modules/nested', { ...sinkPackage('nested', 'nested'), version: '2.0.0' })
  await repository.writePackage('node_modules/not-for-the-app', sinkPackage('not-for-the-app', 'stranger'))
  const registry = await SinkRegistry.discover(repository.at('apps/worker'))
  expect(registry.allNames()).toEqual(['hoisted', 'nested', 'own'])
  expect(registry.get('nested')?.version).toBe('2.0.0')
  expect(registry.get('own')?.location).toBe(`${repository.at('packages/sink-own/index.js')}#default`)
  await expect(registry.load('own')).resolves.toMatchObject({ type: 'own' })
})

it('follows the links of a pnpm-style node_modules, and the module finds its own dependencies there', async () => {
  await using app = await fixtureApp()
  const store = 'node_modules/.pnpm'
  await app.writePackage('.', { name: 'my-app', dependencies: ['@acme/sink-s3'] })
  await app.writePackage(`${store}/@acme+sink-s3@1.0.0/node_modules/@acme/sink-s3`, {
    name: '@acme/sink-s3',
    sinks: { s3: './index.js' },
    dependencies: ['driver'],
    modules: { 'index.js': `import 'driver'\n${definitionModule('s3')}` },
  })
  await app.writePackage(`${store}/driver@1.0.0/node_modules/driver`, {
    name: 'driver',
    fields: { exports: './driver.js' },
    modules: { 'driver.js': 'export {}' },
  })
  await app.link(`${store}/driver@1.0.0/node_modules/driver`, `${store}/@acme+sink-s3@1.0.0/node_modules/driver`)
  await app.link(`${store}/@acme+sink-s3@1.0.0/node_modules/@acme/sink-s3`, 'node_modules/@acme/sink-s3')
  const registry = await SinkRegistry.discover(app.root)
  expect(registry.allNames()).toEqual(['s3'])
  await expect(registry.load('s3')).resolves.toMatchObject({ type: 's3' })
})

it('reads packages whose exports hide package.json', async () => {
  await using app = await fixtureApp()
  await app.writePackage('.', { name: 'my-app', dependencies: ['closed'] })
  await app.writePackage('node_modules/closed', { ...sinkPackage('closed', 'closed'), fields: { exports: { '.': './index.js' } } })
  const registry = await SinkRegistry.discover(app.root)
  await expect(registry.load('closed')).resolves.toMatchObject({ type: 'closed' })
})

it('tells declared packages that are not installed, and says "npm install" for one of this project', async () => {
  await using app = await fixtureApp()
  await app.writePackage('.', { name: 'my-app', dependencies: ['@drakkar/sink-kafka', '../outside', '.bin'] })
  expect((await findPackages(app.root)).notInstalled).toEqual(['@drakkar/sink-kafka'])
  const registry = await SinkRegistry.discover(app.root)
  await expect(registry.load('kafka')).rejects.toThrow(
    /@drakkar\/sink-kafka is declared in package\.json but not installed: run npm install/,
  )
})

it('warns about a package.json that cannot be parsed and finds the others', async () => {
  await using app = await fixtureApp()
  await app.writePackage('.', { name: 'my-app', dependencies: ['torn', 'acme'] })
  await app.writeText(join('node_modules', 'torn', 'package.json'), '{ "name": "torn", ')
  await app.writePackage('node_modules/acme', sinkPackage('acme', 'acme'))
  const { logger, events } = recordingLogger()
  const registry = await SinkRegistry.discover(app.root, { logger })
  expect(registry.allNames()).toEqual(['acme'])
  expect(events).toMatchObject([{ level: 'warn', event: 'sink_registry_entry_point_load_failed', fields: { package: 'torn' } }])
})
