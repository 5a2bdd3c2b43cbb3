import { expect, it } from 'vitest'
import { fakeIo, run } from '../../test/fake-io.ts'
import { fixtureProject } from '../../test/fixture-project.ts'

it('writes one JSON Schema with the installed sinks, and warns about those that cannot be loaded', async () => {
  await using project = await fixtureProject()
  const io = fakeIo({ workingDirectory: project.root })
  expect(await run(io, {}, 'schema')).toBe(0)
  const schema: unknown = JSON.parse(io.output())
  expect(schema).toMatchObject({ type: 'object', properties: { kafka: {}, sinks: { properties: { acme: {} } } } })
  expect(JSON.stringify(schema)).toContain('Where to.')
  expect(schema).not.toMatchObject({ properties: { sinks: { properties: { broken: {} } } } })
  expect(io.errors()).toMatch(/^warning: sink_registry_entry_point_load_failed .*broken/)
  expect(io.errors()).not.toContain('hunter2')
})
