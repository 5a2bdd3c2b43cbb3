import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fakeIo, run } from '../../test/fake-io.ts'
import { fixtureProject, sinkModule, yaml } from '../../test/fixture-project.ts'

async function check(files: Readonly<Record<string, string | null>>, ...commandLine: readonly string[]) {
  await using project = await fixtureProject(files)
  const io = fakeIo({ workingDirectory: project.root, environment: { WORKER_ID: 'w1' } })
  const code = await run(io, {}, 'check', ...commandLine)
  return { code, output: io.output(), errors: io.errors() }
}

it('prints the summary line of a correct configuration', async () => {
  const { code, output, errors } = await check({})
  expect(output).toMatch(/^\[w1\] topic=input-events .* sinks=\[ac:main\] log=INFO\n$/)
  expect(errors).toBe('')
  expect(code).toBe(0)
})

it.each([
  { title: 'an argument', given: ['other.yaml'] },
  { title: '--config', given: ['--config', 'other.yaml'] },
])('takes the file from $title', async ({ given }) => {
  const { code, output } = await check({ 'drakkar.yaml': 'nonsense: 1', 'other.yaml': yaml }, ...given)
  expect(code).toBe(0)
  expect(output).toContain('sinks=[ac:main]')
})

it('prints every problem with file, line and column, and ends with 2', async () => {
  const file = 'executor:\n  max_executors: 0\n  windw_size: 5\nsinks:\n  acme:\n    main: {}\n  postgres:\n    archive: { dsn: x }\n'
  const { code, output, errors } = await check({ 'drakkar.yaml': file })
  const lines = errors.trimEnd().split('\n')
  expect(lines.map((line) => line.split(' ')[0])).toEqual([
    'drakkar.yaml:2:18',
    'drakkar.yaml:3:3',
    expect.stringMatching(/^drakkar\.yaml:[56]:/),
    'drakkar.yaml:7:3',
    '4',
  ])
  expect(errors).toContain('window_size')
  expect(errors).toContain('npm install @drakkar/sink-postgres')
  expect(output).toBe('')
  expect(code).toBe(2)
})

it('shows no secret of a wrong value', async () => {
  const file = 'sinks:\n  acme:\n    main: { url: [1], token: { a: hunter2 } }\n'
  const { code, errors } = await check({ 'drakkar.yaml': file })
  expect(code).toBe(2)
  expect(errors).toMatch(/sinks\.acme\.main\.token/)
  expect(errors).not.toContain('hunter2')
})

it('says why a configured sink package cannot be loaded, without its secrets', async () => {
  const { code, errors } = await check({ 'drakkar.yaml': 'sinks:\n  broken:\n    main: {}\n' })
  expect(code).toBe(2)
  expect(errors).toMatch(/^drakkar\.yaml:2:3 .*@acme\/sinks@2\.0\.0.*cannot reach amqp:\/\/\*\*\*/)
  expect(errors).not.toContain('hunter2')
})

it.each([
  { title: 'no sinks', files: { 'drakkar.yaml': '' }, message: /No sinks configured/ },
  {
    title: 'a handler that does not exist',
    files: { 'drakkar.yaml': `handler: ./nope.mjs\n${yaml}` },
    message: /drakkar\.yaml:1:10 handler: the module does not exist/,
  },
  { title: 'a missing file', files: { 'drakkar.yaml': null }, given: ['nope.yaml'], message: /Config file not found: nope\.yaml/ },
  { title: 'a file that is not YAML', files: { 'drakkar.yaml': 'a: [' }, message: /^drakkar\.yaml:1:/ },
])('refuses $title', async ({ files, given = [], message }) => {
  const { code, errors, output } = await check(files, ...given)
  expect(errors).toMatch(message)
  expect(output).toBe('')
  expect(code).toBe(2)
})

describe('what a start would find out', () => {
  const withStore = `${yaml}serving: { store: acme/main }\n`

  it('refuses a serving store that cannot store', async () => {
    const { code, errors } = await check({ 'drakkar.yaml': withStore })
    expect(errors).toMatch(/^drakkar\.yaml:5:\d+ serving\.store: "acme\/main" cannot store answers; use memory, or a sink that can store/)
    expect(code).toBe(2)
  })

  it('refuses a sink that cannot be created, without its secrets, and says nothing of its store', async () => {
    const sink = sinkModule('acme').replace('create:', `create: () => { throw new Error('no pool at pg://a:hunter2@h/d') }, unused:`)
    const { code, errors } = await check({ 'drakkar.yaml': withStore, 'node_modules/@acme/sinks/acme.js': sink })
    expect(errors).toMatch(/^drakkar\.yaml:\d+:\d+ sinks\.acme\.main: the sink could not be created: no pool at pg:\/\/\*\*\*/)
    expect(errors).not.toContain('hunter2')
    expect(errors).not.toContain('serving.store')
    expect(code).toBe(2)
  })

  it('refuses a spool directory that cannot be made, and makes none', async () => {
    await using project = await fixtureProject({ taken: '' })
    const given = (directory: string) => check({ 'drakkar.yaml': `${yaml}dlq: { spool_dir: '${join(project.root, directory)}' }\n` })
    const refused = await given('taken/spool')
    expect(refused.errors).toMatch(/^drakkar\.yaml:5:\d+ dlq\.spool_dir: cannot be used: ENOTDIR: not a directory, mkdir '.*taken\/spool'/)
    expect(refused.code).toBe(2)
    expect((await given('new/spool')).code).toBe(0)
    expect(await readdir(project.root)).not.toContain('new')
  })
})
