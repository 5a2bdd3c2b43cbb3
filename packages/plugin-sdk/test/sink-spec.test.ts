/** `docs/specs/sink.md` and the conformance kit name the same rules in the same words. */
import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { conformanceCases, sinkRules } from '../src/conformance/index.ts'

const spec = await readFile(new URL('../../../docs/specs/sink.md', import.meta.url), 'utf8')
const entries = [...spec.matchAll(/^- \*\*(SINK-\d{3})\*\* ([^]*?)(?=\n- |\n\n|\n*$)/gm)].map(([, rule, text]) => ({
  rule: rule ?? '',
  text: (text ?? '').replaceAll(/\s+/g, ' '),
}))

it('numbers the same rules', () => {
  expect(entries.map(({ rule }) => rule)).toEqual(Object.keys(sinkRules))
})

it('words them the same way', () => {
  for (const [rule, statement] of Object.entries(sinkRules)) {
    const text = entries.find((entry) => entry.rule === rule)?.text ?? ''
    expect(text.startsWith(statement.slice(0, -1)), `${rule} begins with "${statement}"`).toBe(true)
  }
})

it('has exactly one case for each', () => {
  expect(conformanceCases.map(({ rule }) => rule)).toEqual(Object.keys(sinkRules))
})
