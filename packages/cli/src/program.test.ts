import { expect, it } from 'vitest'
import { fakeIo, run } from '../test/fake-io.ts'

const commands = ['run', 'check', 'sinks', 'types', 'schema', 'produce', 'tail', 'dlq']

it.each(commands)('explains %s with an example, on standard output', async (command) => {
  const io = fakeIo()
  expect(await run(io, {}, command, '--help')).toBe(0)
  expect(io.output()).toMatch(new RegExp(`^Usage: drakkar ${command} `))
  expect(io.output()).toContain(`$ drakkar ${command}`)
  expect(io.errors()).toBe('')
})

it.each([[], ...commands.map((command) => [command])])('shows the version: drakkar %s --version', async (...command) => {
  const io = fakeIo()
  expect(await run(io, {}, ...command.filter((word) => word !== undefined), '--version')).toBe(0)
  expect(io.output()).toBe('1.2.3\n')
})

it.each([...commands.map((command) => [command, '--nonsense']), ['--nonsense'], ['nonsense'], []])(
  'ends with 2 for: drakkar %s %s',
  async (...words) => {
    const io = fakeIo()
    expect(await run(io, {}, ...words.filter((word) => word !== undefined))).toBe(2)
    expect(io.output()).toBe('')
    expect(io.errors()).not.toBe('')
  },
)

it('suggests what was meant', async () => {
  const io = fakeIo()
  expect(await run(io, {}, 'chekc')).toBe(2)
  expect(io.errors()).toMatch(/unknown command 'chekc'[\s\S]*check/)
})

it('explains the exit codes', async () => {
  const io = fakeIo()
  expect(await run(io, {}, '--help')).toBe(0)
  expect(io.output()).toMatch(/Exit codes: 0 ok, 2/)
})
