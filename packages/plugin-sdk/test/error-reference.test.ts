/** `docs/reference/errors.md` (written by `npm run generate` from the same table) documents every code, and no other. */
import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { errorCodes } from '../src/index.ts'

const reference = await readFile(new URL('../../../docs/reference/errors.md', import.meta.url), 'utf8')

it('documents every code, and no other', () => {
  const documented = [...reference.matchAll(/^\| `(DRK_[A-Z_]+)` \|/gm)].map(([, code]) => code ?? '')
  expect(documented.toSorted()).toEqual(Object.keys(errorCodes).toSorted())
})

it.each(Object.entries(errorCodes))('says of %s what it means and what to do', (code, { text, fix }) => {
  const row = reference.split('\n').find((line) => line.startsWith(`| \`${code}\` |`))
  expect(row).toContain(text)
  expect(row).toContain(fix)
})
