/** The command as it runs, on a temporary folder. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseManifest } from '@drakkar/plugin-sdk'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { builtInClash } from '../src/built-in-types.ts'
import { createSink } from '../src/index.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'create-sink-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function run(...given: readonly string[]) {
  const said = { output: '', errors: '' }
  const io = {
    workingDirectory: folder,
    print: (text: string) => void (said.output += text),
    printError: (text: string) => void (said.errors += text),
  }
  return { code: await createSink({ arguments: given, io, version: '1.2.3' }), ...said }
}

async function filesIn(name: string): Promise<readonly string[]> {
  const entries = await readdir(join(folder, name), { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(join(folder, name).length + 1))
}

const rooms = ['classify-error', 'client', 'config', 'index', 'payload', 'sink']

describe.each([
  ['TypeScript', [], 'ts', ['tsconfig.build.json', 'tsconfig.json'], './dist/index.js'],
  ['JavaScript', ['--js'], 'js', ['src/index.d.ts'], './src/index.js'],
] as const)('a package in %s', (_language, options, extension, others, entry) => {
  beforeEach(async () => {
    expect(await run('drakkar-sink-parcels', '--type', 'parcel_store', ...options)).toMatchObject({ code: 0, errors: '' })
  })

  it('has the rooms of every sink, a test, a README', async () => {
    const common = ['.gitignore', 'README.md', 'package.json', `test/conformance.test.${extension}`]
    const expected = [...common, ...others, ...rooms.map((room) => `src/${room}.${extension}`)]
    expect([...(await filesIn('drakkar-sink-parcels'))].sort()).toEqual(expected.sort())
  })

  it('holds no name of the template', async () => {
    for (const file of await filesIn('drakkar-sink-parcels')) {
      const text = await readFile(join(folder, 'drakkar-sink-parcels', file), 'utf8')
      expect(text, file).not.toMatch(/my_type|my-package|mytype/i)
      expect(text, file).toMatch(/\n$/)
    }
  })

  it('tests its sink in fewer than 20 lines', async () => {
    const text = await readFile(join(folder, 'drakkar-sink-parcels', `test/conformance.test.${extension}`), 'utf8')
    expect(text.trimEnd().split('\n').length).toBeLessThan(20)
  })

  it('is found by its manifest, and may be published as it is', async () => {
    const manifest = await readManifest('drakkar-sink-parcels')
    expect(parseManifest(manifest)).toEqual({ sinks: [{ type: 'parcel_store', module: entry, exportName: 'default' }], problems: [] })
    expect(manifest).toMatchObject({ name: 'drakkar-sink-parcels', type: 'module', exports: { './package.json': './package.json' } })
  })
})

async function readManifest(name: string): Promise<Record<string, Record<string, string>>> {
  return JSON.parse(await readFile(join(folder, name, 'package.json'), 'utf8')) as Record<string, Record<string, string>>
}

async function readJson(path: string): Promise<Record<string, Record<string, string>>> {
  return JSON.parse(await readFile(new URL(path, import.meta.url), 'utf8')) as Record<string, Record<string, string>>
}

it('asks for the versions this repository is tested with', async () => {
  await run('drakkar-sink-parcels')
  const made = await readManifest('drakkar-sink-parcels')
  const root = await readJson('../../../package.json')
  const ours = await readJson('../../sink-file/package.json')
  expect(made['dependencies']).toEqual(ours['dependencies'])
  expect(made['peerDependencies']).toEqual(ours['peerDependencies'])
  for (const tool of ['typescript', 'vitest', '@types/node'])
    expect(made['devDependencies']?.[tool], tool).toBe(root['devDependencies']?.[tool])
})

it('says what to do next', async () => {
  const { output } = await run('@acme/parcels', '--js')
  expect(output).toContain('Made @acme/parcels with the sink type "parcels" in parcels.')
  expect(output).toContain('  cd parcels\n  npm install\n  npm test\n')
})

it('fills the working directory when asked to, beside a repository that was just made', async () => {
  await mkdir(join(folder, 'parcels', '.git'), { recursive: true })
  folder = join(folder, 'parcels')
  const { code, output } = await run('.')
  folder = join(folder, '..')
  expect(code).toBe(0)
  expect(output).not.toContain('cd ')
  expect(await filesIn('parcels')).toContain('src/index.ts')
})

it('touches nothing in a folder that is not empty', async () => {
  await mkdir(join(folder, 'parcels'))
  await writeFile(join(folder, 'parcels', 'notes.txt'), 'mine')
  const { code, output, errors } = await run('parcels')
  expect({ code, output }).toEqual({ code: 2, output: '' })
  expect(errors).toMatch(/^create-sink: .*parcels is not empty \(notes\.txt\): choose another name/)
  expect(await filesIn('parcels')).toEqual(['notes.txt'])
})

it('refuses a name that is taken by a file', async () => {
  await writeFile(join(folder, 'parcels'), '')
  expect(await run('parcels')).toMatchObject({ code: 2, errors: expect.stringContaining('is a file') as string })
})

it.each([
  ['drakkar-sink-kafka', 'kafka', /warning: "kafka" is a built-in sink type: the package takes its place/],
  ['drakkar-sink-files', 'files', /warning: "files" is where handlers put the payloads of the built-in type "filesystem"/],
])('makes %s for a built-in name only when told to, and warns', async (name, type, warning) => {
  expect(await run(name)).toMatchObject({ code: 2, output: '' })
  expect(await readdir(folder)).toEqual([])
  expect(await run(name, '--type', type)).toMatchObject({ code: 0, errors: expect.stringMatching(warning) as string })
})

it('knows every sink type of this repository, and every payload key that is called otherwise', async () => {
  const packages = new URL('../../', import.meta.url)
  const sinkPackages = (await readdir(packages)).filter((name) => name.startsWith('sink-'))
  expect(sinkPackages.length).toBeGreaterThan(5)
  for (const name of sinkPackages) {
    const { sinks } = parseManifest(await readJson(`../../${name}/package.json`))
    const source = await readFile(new URL(`${name}/src/index.ts`, packages), 'utf8')
    const keys = [...source.matchAll(/payloadKey: '(\w+)'/g)].flatMap(([, key]) => key ?? [])
    for (const known of [...sinks.map(({ type }) => type), ...keys]) expect(builtInClash(known), known).not.toBeNull()
  }
})

it('prints help and version, and one line for what it cannot use', async () => {
  expect((await run('--help')).output).toMatch(/^Usage: npm create @drakkar\/sink <name>/)
  expect(await run('--version')).toEqual({ code: 0, output: '1.2.3', errors: '' })
  expect(await run()).toMatchObject({ code: 2, output: '', errors: expect.stringMatching(/^create-sink: .*\nTry --help\.$/) as string })
})
