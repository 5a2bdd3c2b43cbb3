import fc from 'fast-check'
import { expect, it } from 'vitest'
import { remembering } from './remembering.ts'

it('gives what the function gives, also for more texts than it keeps', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 3000 }), { maxLength: 200 }), (numbers) => {
      const remembered = remembering((text) => `<${text}>`)
      const texts = [...numbers, ...Array.from({ length: 1500 }, (_text, index) => index), ...numbers].map(String)
      expect(texts.map(remembered)).toEqual(texts.map((text) => `<${text}>`))
    }),
    { numRuns: 20 },
  )
})

it('asks once for a text that comes again', () => {
  const asked: string[] = []
  const remembered = remembering((text) => {
    asked.push(text)
    return text
  })
  for (const text of ['a', 'b', 'a', 'a', 'b']) remembered(text)
  expect(asked).toEqual(['a', 'b'])
})
