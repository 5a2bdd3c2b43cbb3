/** The code in the guide is the code that is compiled and tested: in `testing/guide`, and in the example it names. */
import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'

const read = (path: string) => readFile(new URL(path, import.meta.url), 'utf8')
const blocks = [...(await read('../../../docs/guides/test-a-handler.md')).matchAll(/^```(\w+)\n([^]*?)^```$/gm)]
const codeIn = (language: string) => blocks.flatMap(([, name, code]) => (name === language ? [code] : []))

it('shows the tested files as they are, and no other TypeScript', async () => {
  const names = ['handler.ts', 'first.test.ts', 'programs.test.ts', 'faults.test.ts', 'steps.test.ts']
  expect(codeIn('ts')).toEqual(await Promise.all(names.map((name) => read(`testing/guide/${name}`))))
})

it('shows a part of the example as it is', async () => {
  const example = await read('../../../examples/log-search/handler.test.mjs')
  const parts = codeIn('js')
  expect(parts).toHaveLength(1)
  expect(example).toContain(parts[0]?.trimEnd())
})
