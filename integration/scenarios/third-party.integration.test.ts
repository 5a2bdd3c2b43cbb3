/**
 * The path of somebody who writes sinks and knows only what is published: a package made by the template, two packages of
 * `examples/`, all of them installed from tarballs into an empty project, found, checked, typed and run.
 */
import { readdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runNpm, runProgram } from '../support/run-program.ts'
import { StrangerProject } from '../support/stranger-project.ts'

let project: StrangerProject
/** Folders of the packages the template made. */
let parcels: string
let notes: string

beforeAll(async () => {
  project = await StrangerProject.create()
  const creator = await project.pack('packages/create-sink')
  const ours = await project.packOurs('cli', 'core', 'sink-file', 'plugin-sdk')
  const sdk = ours.get('plugin-sdk') ?? ''
  parcels = await project.createSink(creator, 'drakkar-sink-parcels')
  notes = await project.createSink(creator, 'drakkar-sink-notes', '--js')
  await project.installInto(parcels, sdk)
  await project.installInto(notes, sdk)
  const theirs = [await project.packMade(parcels), await project.packMade(notes)]
  for (const folder of ['examples/third-party-sink', 'examples/overriding-sink']) theirs.push(await project.pack(folder))
  await project.install(...ours.values(), ...theirs)
}, 300_000)

afterAll(async () => {
  await project?.[Symbol.asyncDispose]()
})

describe('a package fresh from the template', () => {
  it('in TypeScript passes the compiler and the conformance kit', async () => {
    await runNpm(['run', 'types'], { cwd: parcels })
    expect(await runNpm(['test'], { cwd: parcels })).toMatch(/Tests +\d\d passed \|/)
  })

  it('in JavaScript passes the conformance kit with the runner of Node', async () => {
    const report = await runNpm(['test'], { cwd: notes })
    expect(report).toMatch(/# pass \d\d\n# fail 0/)
    expect(report).toContain('SINK-044')
  })

  it('packs what applications need and nothing else', async () => {
    const installed = (name: string): Promise<string[]> => readdir(join(project.root, 'node_modules', name))
    expect((await installed('drakkar-sink-parcels')).sort()).toEqual(['README.md', 'dist', 'package.json'])
    expect((await installed('drakkar-sink-notes')).sort()).toEqual(['README.md', 'package.json', 'src'])
  })
})

interface SinkRow {
  readonly type: string
  readonly package: string
  readonly overrides: readonly string[]
  readonly error: unknown
}

it('finds every package without being told of any', async () => {
  const { code, output } = await project.drakkar(['sinks', '--json'])
  const rows = JSON.parse(output) as readonly SinkRow[]
  expect(code).toBe(0)
  expect(rows.map(({ type, package: name, overrides, error }) => [type, name, overrides, error])).toEqual([
    ['file_line', '@drakkar/sink-file', [], null],
    ['filesystem', 'drakkar-sink-measured-file', ['@drakkar/sink-file@0.0.0'], null],
    ['notes', 'drakkar-sink-notes', [], null],
    ['parcels', 'drakkar-sink-parcels', [], null],
    ['signed_webhook', 'drakkar-sink-signed-webhook', [], null],
  ])
})

const handler = `import { defineHandler, task } from '@drakkar/core'
export default defineHandler({
  arrange: (messages) => messages.map((message) => task({ from: message, args: ['-c'], stdin: message.payload.text })),
  onTaskComplete(result) {
    const data = { characters: Number(result.stdout) }
    return {
      files: [{ path: 'counts.jsonl', data }],
      parcels: [{ data }],
      notes: [{ data, sink: 'second' }],
      signed_webhook: [{ type: 'text.counted', data }],
    }
  },
})
`

const yaml = (port: number, more = ''): string => `embedded: { path: ./log.db, source_topic: texts, partitions: 2 }
executor: { binary_path: wc, max_executors: 2 }
metrics: { enabled: false }
debug: { enabled: false }
${more}sinks:
  filesystem: { lines: { base_path: ./out/lines } }
  parcels: { main: { folder: ./out/parcels } }
  notes: { first: { folder: ./out/first }, second: { folder: ./out/second } }
  custom: { signed_webhook: { counts: { url: 'http://127.0.0.1:${port}/in', signing_secret: whsec_b3BlbnNlc2FtZQ== } } }
`

describe('the installed packages', () => {
  const received: { readonly signature: string; readonly body: unknown }[] = []
  const receiver = createServer((request, response) => {
    void text(request).then((body) => {
      received.push({ signature: String(request.headers['webhook-signature']), body: JSON.parse(body) })
      response.writeHead(204).end()
    })
  })

  beforeAll(async () => {
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
    const { port } = receiver.address() as AddressInfo
    await project.write('handler.mjs', handler)
    await project.write('drakkar.yaml', yaml(port))
    for (const folder of ['lines', 'parcels', 'first', 'second']) await project.write(`out/${folder}/.keep`, '')
  })

  afterAll(() => {
    receiver.close()
  })

  it('pass the check', async () => {
    const { code, output, errors } = await project.drakkar(['check'])
    expect({ code, errors }).toEqual({ code: 0, errors: '' })
    expect(output).toContain('sinks=[fs:lines parcels:main notes:first,second webhook:counts]')
  })

  it('have their settings checked by their own schemas', async () => {
    await project.write('wrong.yaml', yaml(1).replace('folder: ./out/parcels', 'folder: 7').replace('whsec_b3BlbnNlc2FtZQ==', 'hunter2'))
    const { code, errors } = await project.drakkar(['check', 'wrong.yaml'])
    expect(code).toBe(2)
    expect(errors).toMatch(/^wrong\.yaml:7:30 sinks\.parcels\.main\.folder: /m)
    expect(errors).toMatch(/^wrong\.yaml:9:\d+ sinks\.custom\.signed_webhook\.counts\.signing_secret: /m)
    expect(errors).not.toContain('hunter2')
  })

  it.each(['"module": "node16", "target": "es2023"', '"module": "esnext", "moduleResolution": "bundler", "target": "es2023"'])(
    'bring their payload types: %s',
    async (resolution) => {
      await project.write('use.ts', use)
      const types = join(import.meta.dirname, '../../node_modules/@types')
      const options = `${resolution}, "strict": true, "noEmit": true, "types": ["node"], "typeRoots": [${JSON.stringify(types)}]`
      await project.write('tsconfig.json', `{ "compilerOptions": { ${options} }, "files": ["use.ts", "drakkar-env.d.ts"] }`)
      expect(await project.drakkar(['types'])).toMatchObject({ code: 0 })
      expect(await project.compile()).toEqual({ code: 0, output: '', errors: '' })
    },
  )

  it('deliver what a worker hands them, and the override is told once', async () => {
    const lengths = Array.from({ length: 20 }, (_, index) => index)
    const input = lengths.map((length) => `${JSON.stringify({ value: { text: 'x'.repeat(length) } })}\n`).join('')
    expect(await project.drakkar(['produce', 'texts', '--create', '2'], { input })).toMatchObject({ code: 0 })
    const { code, errors } = await project.drakkar(['run', '--until-caught-up'])
    expect(code, errors).toBe(0)
    const events = errors.split('\n').filter((line) => line.includes('"event":"sink_registry_override"'))
    expect(events.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { sink_type: 'filesystem', used: 'drakkar-sink-measured-file@0.1.0', overridden: ['@drakkar/sink-file@0.0.0'] },
    ])
    const lines = (await project.read('out/lines/counts.jsonl')).trim().split('\n')
    expect(counts(lines.map((line) => JSON.parse(line) as unknown))).toEqual(lengths)
    expect(counts(await documents('parcels'))).toEqual(lengths)
    expect(counts(await documents('second'))).toEqual(lengths)
    expect(await documents('first')).toEqual([])
    expect(counts(received.map(({ body }) => (body as { data: unknown }).data))).toEqual(lengths)
    expect(received.every(({ signature }) => /^v1,.{43}=$/.test(signature))).toBe(true)
  })

  it('count, fail and are dead-lettered under their own names, as built-in ones are', async () => {
    await project.write('refusing.mjs', handler.replace('parcels: [{ data }]', 'parcels: [{ data: new Map() }]'))
    await project.write('refusing.yaml', (await project.read('drakkar.yaml')).replace('texts', 'refused'))
    await project.write('start.mjs', start)
    await project.drakkar(['produce', 'refused', '--create', '2'], { input: '{"value":{"text":"abc"}}\n' })
    const { code, output, errors } = await runProgram(process.execPath, ['start.mjs'], { cwd: project.root })
    expect(code, errors).toBe(0)
    const stats = JSON.parse(output) as readonly Record<string, unknown>[]
    expect(stats.find((each) => each['sink_type'] === 'parcels')).toMatchObject({
      sink_name: 'main',
      delivered_payloads: 0,
      error_count: 1,
    })
    expect(stats.find((each) => each['sink_type'] === 'filesystem')).toMatchObject({ delivered_payloads: 1, error_count: 0 })
    const letters = (await project.drakkar(['tail', 'refused_dlq', '--embedded', './log.db'])).output.trim().split('\n')
    expect(letters.map((line) => JSON.parse((JSON.parse(line) as { value: string }).value) as unknown)).toMatchObject([
      { sink_type: 'parcels', sink_name: 'main', transient: false },
    ])
  })

  it('give the type back to the original where the configuration prefers it', async () => {
    await project.write('prefer.yaml', yaml(1, "plugins: { prefer: { filesystem: '@drakkar/sink-file' } }\n"))
    const { output } = await project.drakkar(['sinks', '--config', 'prefer.yaml', '--json'])
    const filesystem = (JSON.parse(output) as readonly SinkRow[]).find(({ type }) => type === 'filesystem')
    expect(filesystem).toMatchObject({ package: '@drakkar/sink-file', overrides: ['drakkar-sink-measured-file@0.1.0'], error: null })
    expect(await project.drakkar(['check', 'prefer.yaml'])).toMatchObject({ code: 0 })
  })
})

/** Contents of the JSON files a template sink wrote. */
async function documents(folder: string): Promise<readonly unknown[]> {
  const names = (await readdir(join(project.root, 'out', folder))).filter((name) => name !== '.keep')
  expect(names.filter((name) => !name.endsWith('.json'))).toEqual([])
  return Promise.all(names.map(async (name) => JSON.parse(await project.read(join('out', folder, name))) as unknown))
}

function counts(values: readonly unknown[]): readonly number[] {
  return values.map((value) => (value as { characters: number }).characters).sort((a, b) => a - b)
}

/** A worker started from code, which tells its counters at the end. */
const start = `import { DrakkarApp } from '@drakkar/core'
import handler from './refusing.mjs'
const app = new DrakkarApp({ handler, configPath: 'refusing.yaml', appRoot: import.meta.dirname, until: 'caught_up' })
await app.run()
console.log(JSON.stringify(app.snapshot().sinks))
`

const use = `import { defineHandler, task } from '@drakkar/core'
import type { CollectResult } from '@drakkar/plugin-sdk'
import parcelsSink, { type ParcelsPayload } from 'drakkar-sink-parcels'

const payload: ParcelsPayload = { data: 1 }
export const type: string = parcelsSink.type
export const good: CollectResult = {
  parcels: [payload],
  notes: [{ data: 1, sink: 'second' }],
  signed_webhook: [{ type: 'a', data: 1 }],
  files: [{ path: 'a', data: 1 }],
}
// @ts-expect-error -- no such sink is configured
export const misspelt: CollectResult = { parcel: [payload] }
// @ts-expect-error -- there are two instances
export const ambiguous: CollectResult = { notes: [{ data: 1 }] }
// @ts-expect-error -- a payload of another shape
export const wrong: CollectResult = { signed_webhook: [{ data: 1 }] }
export default defineHandler({ arrange: (messages) => messages.map((from) => task({ from, args: [] })), onTaskComplete: () => good })
`
