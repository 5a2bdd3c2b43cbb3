import { join } from 'node:path'
import { expect, it } from 'vitest'
import { fakeIo, run } from '../../test/fake-io.ts'
import { fixtureProject, yaml } from '../../test/fixture-project.ts'
import type { WorkerOptions } from '../services.ts'

async function runIn(files: Readonly<Record<string, string | null>>, ...commandLine: readonly string[]) {
  await using project = await fixtureProject(files)
  const io = fakeIo({ workingDirectory: project.root })
  const started: WorkerOptions[] = []
  const runWorker = async (options: WorkerOptions) => (started.push(options), 5)
  const code = await run(io, { runWorker }, 'run', ...commandLine)
  return { code, started, errors: io.errors(), root: project.root }
}

const namedHandler = (name: string) => `export default { arrange: () => [], messageLabel: () => '${name}' }\n`
const nameOf = ({ handler }: WorkerOptions) => handler.messageLabel?.(undefined as never)

it('gives configuration, handler and application to the worker and ends with its exit code', async () => {
  const { code, started, root } = await runIn({})
  expect(started).toEqual([
    { handler: { arrange: expect.any(Function) as unknown }, appRoot: root, configPath: join(root, 'drakkar.yaml'), until: 'stopped' },
  ])
  expect(code).toBe(5)
})

it('takes --handler before the configuration before ./handler.mjs', async () => {
  const files = { 'a/one.mjs': namedHandler('one'), 'two.mjs': namedHandler('two'), 'handler.mjs': namedHandler('three') }
  const configured = { ...files, 'drakkar.yaml': `handler: ./two.mjs\n${yaml}` }
  expect(nameOf((await runIn(configured, '--handler', 'a/one.mjs')).started[0]!)).toBe('one')
  expect(nameOf((await runIn(configured)).started[0]!)).toBe('two')
  expect(nameOf((await runIn(files)).started[0]!)).toBe('three')
})

it('accepts a class as handler', async () => {
  const { started } = await runIn({ 'handler.mjs': 'export default class { arrange() { return [] } }\n' })
  expect(started[0]?.handler.arrange).toBeTypeOf('function')
})

it('passes on the name of the worker and when to end', async () => {
  const { started } = await runIn({}, '--worker-id', 'w7', '--until-caught-up')
  expect(started[0]).toMatchObject({ workerId: 'w7', until: 'caught_up' })
})

it.each([
  { title: 'no handler', files: { 'handler.mjs': null }, message: /no handler found.*DRK_HANDLER_INVALID/ },
  { title: 'a handler that does not exist', files: {}, given: ['--handler', 'nope.mjs'], message: /handler module not found: .*nope\.mjs/ },
  { title: 'a handler without a default export', files: { 'handler.mjs': 'export const a = 1' }, message: /has no default export/ },
  { title: 'a handler without arrange', files: { 'handler.mjs': 'export default {}' }, message: /arrange/ },
  {
    title: 'a handler that throws',
    files: { 'handler.mjs': 'throw new Error("no model file")' },
    message: /no model file[\s\S]*handler\.mjs:1/,
  },
  { title: 'a wrong configuration', files: { 'drakkar.yaml': `executor: { max_executors: 0 }\n${yaml}` }, message: /drakkar\.yaml:1:28/ },
])('refuses $title before anything starts', async ({ files, given = [], message }) => {
  const { code, started, errors } = await runIn(files, ...given)
  expect(errors).toMatch(message)
  expect(started).toEqual([])
  expect(code).toBe(2)
})
