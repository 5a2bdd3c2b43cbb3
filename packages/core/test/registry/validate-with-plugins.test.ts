import type { ConfigError } from '@drakkar/plugin-sdk'
import { expect, it } from 'vitest'
import { readConfigDocument } from '../../src/config/load-config.ts'
import { formatProblem } from '../../src/config/problems.ts'
import { SinkRegistry } from '../../src/registry/sink-registry.ts'
import { validateWithPlugins, type LoadedWithPlugins } from '../../src/registry/validate-with-plugins.ts'
import { definitionModule, fixtureApp, importsOf, type FixtureApp, type FixturePackage } from './fixture-app.ts'

const offering = (name: string, type: string, marker?: string): FixturePackage => ({
  name,
  sinks: { [type]: './index.js' },
  modules: { 'index.js': definitionModule(type, marker === undefined ? {} : { marker }) },
})

async function install(app: FixtureApp, packages: readonly FixturePackage[], yaml: string): Promise<void> {
  await app.writePackage('.', { name: 'my-app', dependencies: packages.map(({ name }) => name) })
  for (const description of packages) await app.writePackage(`node_modules/${description.name}`, description)
  await app.writeText('drakkar.yaml', yaml)
}

async function load(app: FixtureApp): Promise<LoadedWithPlugins> {
  const document = readConfigDocument('drakkar.yaml', { env: {}, cwd: app.root })
  return validateWithPlugins(document, await SinkRegistry.discover(app.root))
}

async function problemsOf(app: FixtureApp): Promise<readonly string[]> {
  const error = await load(app).then(
    () => expect.unreachable('the configuration must be refused'),
    (failure: ConfigError) => failure,
  )
  return error.problems.map(formatProblem)
}

it('loads the configured types, and imports no other', async () => {
  await using app = await fixtureApp()
  await install(
    app,
    [offering('alpha', 'alpha', 'plugins-alpha'), offering('beta', 'beta', 'plugins-beta')],
    'sinks:\n  custom:\n    alpha:\n      main: {}\n',
  )
  const { config, definitions } = await load(app)
  expect([...definitions.keys()]).toEqual(['alpha'])
  expect(config.sinks.custom).toMatchObject({ alpha: { main: {} } })
  expect([importsOf('plugins-alpha'), importsOf('plugins-beta')]).toEqual([1, 0])
})

it('names line and package of a type that is not installed', async () => {
  await using app = await fixtureApp()
  await install(app, [offering('alpha', 'alpha')], 'sinks:\n  alpha: { main: {} }\n  postgres:\n    main: { dsn: x }\n')
  const [problem, ...others] = await problemsOf(app)
  expect(problem).toMatch(/^drakkar\.yaml:3:3 .*"postgres".*npm install @drakkar\/sink-postgres/)
  expect(others).toEqual([])
})

it('names line and reason of a type that cannot be loaded, beside the other problems', async () => {
  await using app = await fixtureApp()
  const broken: FixturePackage = {
    name: 'acme-broken',
    sinks: { broken: './index.js' },
    modules: { 'index.js': 'throw new Error("no licence")' },
  }
  await install(app, [broken], 'executor:\n  max_executors: 0\nsinks:\n  broken:\n    main: {}\n')
  const problems = await problemsOf(app)
  expect(problems).toHaveLength(2)
  expect(problems[0]).toMatch(/^drakkar\.yaml:2:18 executor\.max_executors/)
  expect(problems[1]).toMatch(/^drakkar\.yaml:4:3 .*acme-broken@1\.0\.0.*no licence.*installed types: broken/)
})

it('refuses a type two packages offer, configured or not, until one is preferred', async () => {
  await using app = await fixtureApp()
  const packages = [offering('one', 's3'), offering('two', 's3'), offering('alpha', 'alpha')]
  await install(app, packages, 'sinks:\n  s3: { main: {} }\n')
  expect(await problemsOf(app)).toMatchObject([
    expect.stringMatching(/^drakkar\.yaml:2:3 .*one@1\.0\.0 and two@1\.0\.0.*plugins\.prefer\.s3/),
  ])
  await app.writeText('drakkar.yaml', 'sinks:\n  alpha: { main: {} }\n')
  expect(await problemsOf(app)).toMatchObject([expect.stringMatching(/^plugins\.prefer\.s3: .*one@1\.0\.0 and two@1\.0\.0/)])
  await app.writeText('drakkar.yaml', 'plugins:\n  prefer: { s3: two }\nsinks:\n  alpha: { main: {} }\n')
  expect([...(await load(app)).definitions.keys()]).toEqual(['alpha'])
})
