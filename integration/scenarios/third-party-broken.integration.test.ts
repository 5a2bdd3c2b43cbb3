/** Sink packages that do not work, in an installed project: each harms the type it offers and nothing else (spec REG-5 to REG-9). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StrangerProject } from '../support/stranger-project.ts'

let project: StrangerProject

/** Module path → text, beside a package.json with `drakkar` as the field of that name. */
interface BrokenPackage {
  readonly drakkar: unknown
  readonly modules: Readonly<Record<string, string>>
}

const offering = (type: string, module?: string): BrokenPackage => ({
  drakkar: { sinks: { [type]: './index.js' } },
  modules: module === undefined ? {} : { 'index.js': module },
})
const defining = (rest: string): string => `import { defineSink } from '@drakkar/plugin-sdk'
import { Type } from 'typebox'
const base = { config: Type.Object({}), payload: Type.Object({}), create: () => ({ deliver() {} }) }
export default defineSink({ ...base, ${rest} })
`

/** Package name → what is wrong with it. */
const packages: Readonly<Record<string, BrokenPackage>> = {
  'sink-throws': offering('throws', "throw new Error('cannot reach amqp://user:hunter2@broker')"),
  'sink-unbuilt': offering('unbuilt'),
  'sink-needy': offering('needy', "import 'no-such-package-anywhere'"),
  'sink-class': offering('class_only', 'export default class Sink {}'),
  'sink-empty': offering('no_export', 'export const other = 1'),
  'sink-future': offering('future', defining("type: 'future', contractVersion: 2")),
  'sink-misnamed': offering('misnamed', defining("type: 'other'")),
  'sink-outside': { drakkar: { sinks: { outside: '../outside.js' } }, modules: {} },
  'manifest-text': { drakkar: 'yes', modules: {} },
  'manifest-list': { drakkar: { sinks: ['./index.js'] }, modules: {} },
}

/** Type → what startup says when it is configured. */
const reasons = [
  ['throws', 'sink-throws', 'DRK_PLUGIN_LOAD_FAILED', 'could not be loaded: cannot reach amqp://***:***@broker'],
  ['unbuilt', 'sink-unbuilt', 'DRK_PLUGIN_LOAD_FAILED', 'could not be loaded: the file does not exist; was the package built?'],
  ['needy', 'sink-needy', 'DRK_PLUGIN_LOAD_FAILED', "could not be loaded: Cannot find package 'no-such-package-anywhere'"],
  [
    'class_only',
    'sink-class',
    'DRK_PLUGIN_INVALID',
    'cannot be used: the export is the function or class Sink, not what defineSink() returns',
  ],
  ['no_export', 'sink-empty', 'DRK_PLUGIN_INVALID', 'cannot be used: the export does not exist'],
  ['future', 'sink-future', 'DRK_PLUGIN_INVALID', 'it was built for version 2 of the sink contract, wanted is version 1'],
  ['misnamed', 'sink-misnamed', 'DRK_PLUGIN_INVALID', 'the definition is for the type "other", the manifest says "misnamed"'],
  ['outside', 'sink-outside', 'DRK_PLUGIN_INVALID', 'drakkar.sinks.outside: the module path must begin with "./"'],
] as const

const handler = `import { defineHandler, task } from '@drakkar/core'
export default defineHandler({
  arrange: (messages) => messages.map((message) => task({ from: message, args: ['-c'], stdin: message.payload.text })),
  onTaskComplete: (result) => ({ files: [{ path: 'out.jsonl', data: Number(result.stdout) }] }),
})
`

const yaml = (sinks: string): string => `embedded: { path: ./log.db, source_topic: texts, partitions: 2 }
executor: { binary_path: wc }
metrics: { enabled: false }
debug: { enabled: false }
sinks:
  filesystem: { main: { base_path: . } }
${sinks}`

/** An application in a folder of its own; packages are found above it, as in any monorepo. */
async function writeApp(folder: string, names: readonly string[]): Promise<void> {
  const dependencies = Object.fromEntries(['@drakkar/core', '@drakkar/sink-file', ...names].map((name) => [name, '*']))
  await project.write(`${folder}/package.json`, JSON.stringify({ name: folder, private: true, type: 'module', dependencies }))
  await project.write(`${folder}/handler.mjs`, handler)
  await project.write(`${folder}/drakkar.yaml`, yaml(''))
}

async function writePackage(name: string, { drakkar, modules }: BrokenPackage): Promise<void> {
  await project.write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.2.3', type: 'module', drakkar }))
  for (const [path, text] of Object.entries(modules)) await project.write(`node_modules/${name}/${path}`, text)
}

beforeAll(async () => {
  project = await StrangerProject.create()
  const ours = await project.packOurs('cli', 'sink-file', 'plugin-sdk')
  await project.install(...ours.values())
}, 300_000)

afterAll(async () => {
  await project?.[Symbol.asyncDispose]()
})

describe('broken packages that nobody uses', () => {
  beforeAll(async () => {
    for (const [name, contents] of Object.entries(packages)) await writePackage(name, contents)
    await project.write('node_modules/manifest-cut/package.json', '{"name": ')
    await writeApp('broken', [...Object.keys(packages), 'manifest-cut', 'not-installed-at-all'])
  })

  it('do not end the worker, and what can be told without an import is a warning', async () => {
    const at = { folder: 'broken' }
    expect(await project.drakkar(['check'], at)).toMatchObject({ code: 0, errors: '' })
    await project.drakkar(['produce', 'texts', '--create', '2'], { ...at, input: '{"value":{"text":"abc"}}\n' })
    const { code, errors } = await project.drakkar(['run', '--until-caught-up'], at)
    expect(code, errors).toBe(0)
    expect(await project.read('broken/out.jsonl')).toBe('3\n')
    const warned = errors
      .split('\n')
      .filter((line) => line.includes('sink_registry_entry_point_'))
      .map((line) => JSON.parse(line) as Record<string, string>)
    expect(new Set(warned.map(({ level, event, package: name }) => `${level} ${event} ${name}`))).toEqual(
      new Set([
        'warning sink_registry_entry_point_invalid manifest-list@1.2.3',
        'warning sink_registry_entry_point_invalid manifest-text@1.2.3',
        'warning sink_registry_entry_point_invalid sink-outside@1.2.3',
        'warning sink_registry_entry_point_load_failed manifest-cut',
      ]),
    )
    expect(warned).toHaveLength(4)
  })

  it('are all shown, each with its reason', async () => {
    const { code, output, errors } = await project.drakkar(['sinks'], { folder: 'broken' })
    expect(code).toBe(0)
    const rows = new Map(output.split('\n').map((line) => [line.split(/ +/)[1] ?? '', line.trim().split(/ +/).at(-1)]))
    for (const [, name, errorCode, reason] of reasons) {
      expect(rows.get(`${name}@1.2.3`)).toBe(errorCode)
      expect(errors).toContain(reason)
    }
    expect([rows.get('manifest-text@1.2.3'), rows.get('manifest-list@1.2.3'), rows.get('manifest-cut')]).toEqual(
      Array(3).fill('DRK_PLUGIN_INVALID'),
    )
    expect(rows.get('@drakkar/sink-file@0.0.0')).toBe('ok')
    expect(errors).toContain('drakkar: must be an object')
    expect(errors).not.toContain('hunter2')
  })

  it('end the start when they are configured: all at once, each with place, package and reason', async () => {
    await project.write('broken/all.yaml', yaml(reasons.map(([type]) => `  ${type}: { main: {} }\n`).join('')))
    const commands = [
      ['check', 'all.yaml'],
      ['run', '--config', 'all.yaml'],
    ]
    for (const command of commands) {
      const { code, output, errors } = await project.drakkar(command, { folder: 'broken' })
      expect({ code, output }).toEqual({ code: 2, output: '' })
      const problems = errors.split('\n').filter((line) => line.startsWith('all.yaml:'))
      expect(problems).toHaveLength(reasons.length)
      for (const [index, [type, name, , reason]] of reasons.entries()) {
        expect(problems[index]).toMatch(
          new RegExp(`^all\\.yaml:${7 + index}:3 sinks\\.${type}: the sink type "${type}" of ${name}@1\\.2\\.3 `),
        )
        expect(problems[index]).toContain(reason)
        expect(problems[index]).toMatch(/installed types: .*filesystem/)
      }
      expect(errors).not.toContain('hunter2')
    }
  })

  it('end the start alone as well', async () => {
    await project.write('broken/one.yaml', yaml('  throws: { main: {} }\n'))
    const { code, errors } = await project.drakkar(['run', '--config', 'one.yaml'], { folder: 'broken' })
    expect(code).toBe(2)
    expect(errors).toMatch(/^one\.yaml:7:3 sinks\.throws: .*\n1 problem\n$/)
  })
})

it('a create() that throws ends the start naming type and instance', async () => {
  await writePackage('sink-poor', offering('poor', defining("type: 'poor', create() { throw new Error('no pool at pg://u:hunter2@h/d') }")))
  await writeApp('creating', ['sink-poor'])
  await project.write('creating/drakkar.yaml', yaml('  poor: { main: {} }\n'))
  const { code, errors } = await project.drakkar(['run'], { folder: 'creating' })
  expect(code).toBe(2)
  expect(errors).toContain('sinks.poor.main: the sink could not be created: no pool at pg://***:***@h/d')
})

describe('two packages that offer one type', () => {
  const prefer = (text: string): string => yaml(`plugins: { prefer: { parcels: ${text} } }\n`)
  const check = async (text: string) => {
    await project.write('rivals/drakkar.yaml', text)
    return project.drakkar(['check'], { folder: 'rivals' })
  }

  beforeAll(async () => {
    for (const name of ['rival-one', '@rival/two']) await writePackage(name, offering('parcels', defining("type: 'parcels'")))
    await writeApp('rivals', ['rival-one', '@rival/two'])
  })

  it.each(['', '  parcels: { main: {} }\n'])('end the start, both named, with the setting to write; configured: %j', async (sinks) => {
    const { code, output, errors } = await check(yaml(sinks))
    expect({ code, output }).toEqual({ code: 2, output: '' })
    expect(errors).toContain(
      `"parcels" is offered by @rival/two@1.2.3 and rival-one@1.2.3; choose one with plugins.prefer.parcels: '@rival/two'`,
    )
    expect((await project.drakkar(['run'], { folder: 'rivals' })).code).toBe(2)
  })

  it.each(["'@rival/two'", 'rival-one'])('are settled by preferring %s', async (name) => {
    expect(await check(prefer(name))).toMatchObject({ code: 0, errors: '' })
    const { output } = await project.drakkar(['sinks'], { folder: 'rivals' })
    expect(output).toMatch(new RegExp(`parcels +${name.replaceAll("'", '')}@1\\.2\\.3 .* ok`))
  })

  it('are not settled by preferring somebody else', async () => {
    const { code, errors } = await check(prefer("'@drakkar/sink-file'"))
    expect(code).toBe(2)
    expect(errors).toContain('plugins.prefer.parcels names @drakkar/sink-file, which offers no sink type "parcels"')
  })
})
