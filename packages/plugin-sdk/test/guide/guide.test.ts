/** The code in the README and in the guide is the code that is compiled and tested here. */
import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'

const read = (path: string): Promise<string> => readFile(new URL(path, import.meta.url), 'utf8')

it.each([
  ['../../../../docs/guides/write-a-sink.md', './smallest-sink.ts'],
  ['../../../../docs/guides/write-a-sink.md', './webhook-sink.ts'],
  ['../../../../docs/guides/write-a-sink.md', './webhook-conformance.test.ts'],
  ['../../../../docs/guides/write-a-sink.md', './stock-sink.ts'],
  ['../../../../docs/guides/write-a-sink.md', './stock-conformance.test.ts'],
  ['../../../../docs/guides/write-a-sink.md', './orders-sinks.ts'],
  ['../../../../docs/guides/write-a-sink.md', './audit-sink.ts'],
  ['../../README.md', './smallest-sink.ts'],
])('%s shows %s as it is', async (page, code) => {
  expect(await read(page)).toContain(`\`\`\`ts\n${await read(code)}\`\`\``)
})
