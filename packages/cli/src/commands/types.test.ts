import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { fakeIo, run } from '../../test/fake-io.ts'
import { fixtureProject, type FixtureProject } from '../../test/fixture-project.ts'

async function types(project: FixtureProject, ...commandLine: readonly string[]) {
  const io = fakeIo({ workingDirectory: project.root })
  const code = await run(io, {}, 'types', ...commandLine)
  return { code, errors: io.errors(), output: io.output() }
}

it('writes the configured sinks beside the package.json, and checks that they are up to date', async () => {
  await using project = await fixtureProject()
  expect(await types(project, '--check')).toEqual({ code: 2, output: '', errors: 'drakkar-env.d.ts is missing: run drakkar types\n' })
  expect(await types(project)).toEqual({ code: 0, output: '', errors: 'wrote drakkar-env.d.ts\n' })
  const text = await readFile(join(project.root, 'drakkar-env.d.ts'), 'utf8')
  expect(text).toContain("import type {} from '@acme/sinks'")
  expect(text).toContain("acme_rows: 'main'")
  expect(await types(project, '--check')).toEqual({ code: 0, output: '', errors: '' })
  await project.write('drakkar.yaml', 'sinks:\n  acme:\n    a: { url: x }\n    b: { url: y }\n')
  expect(await types(project, '--check')).toMatchObject({ code: 2, errors: 'drakkar-env.d.ts is out of date: run drakkar types\n' })
  await types(project)
  expect(await readFile(join(project.root, 'drakkar-env.d.ts'), 'utf8')).toContain("acme_rows: 'a' | 'b'")
})

it('writes where it is told to', async () => {
  await using project = await fixtureProject()
  expect(await types(project, '--out', 'sinks.d.ts')).toMatchObject({ code: 0 })
  expect(await readFile(join(project.root, 'sinks.d.ts'), 'utf8')).toContain('acme_rows')
})

it('writes nothing for a configuration with problems', async () => {
  await using project = await fixtureProject({ 'drakkar.yaml': 'nonsense: 1' })
  expect(await types(project)).toMatchObject({ code: 2 })
  await expect(readFile(join(project.root, 'drakkar-env.d.ts'))).rejects.toThrow(/ENOENT/)
})
