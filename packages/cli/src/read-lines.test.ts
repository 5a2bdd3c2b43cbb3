import fc from 'fast-check'
import { expect, it } from 'vitest'
import { maxLineBytes, readLines } from './read-lines.ts'

async function linesOf(chunks: readonly Uint8Array[]) {
  const groups: string[][] = []
  const numbers: number[] = []
  for await (const group of readLines(asStream(chunks))) {
    groups.push(group.map(({ bytes }) => Buffer.from(bytes).toString('latin1')))
    numbers.push(...group.map(({ number }) => number))
  }
  return { groups, numbers }
}

async function* asStream<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items
}

it('gives the same lines however the bytes are cut', async () => {
  const text = fc.array(fc.constantFrom(0x0a, 0x0d, 0x61, 0xff), { maxLength: 40 }).map((bytes) => Buffer.from(bytes))
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.nat({ max: 40 })), async (bytes, cuts) => {
      const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length]
      const { groups, numbers } = await linesOf(places.slice(1).map((end, index) => bytes.subarray(places[index], end)))
      const expected = bytes.toString('latin1').split('\n')
      if (expected.at(-1) === '') expected.pop()
      expect(groups.flat()).toEqual(expected)
      expect(numbers).toEqual(expected.map((_, index) => index + 1))
    }),
  )
})

it('hands over complete lines as soon as their chunk is there', async () => {
  const { groups } = await linesOf(['a\nb\nc', 'd\n', 'e'].map((text) => Buffer.from(text)))
  expect(groups).toEqual([['a', 'b'], ['cd'], ['e']])
})

it('ends input without line ends instead of filling memory', async () => {
  const chunk = Buffer.alloc(maxLineBytes / 4 + 1, 'x')
  let chunks = 0
  function* endless() {
    while (chunks < 100) {
      chunks += 1
      yield chunk
    }
  }
  const reading = (async () => {
    for await (const _ of readLines(asStream(endless()))) expect.unreachable()
  })()
  await expect(reading).rejects.toThrow(/line 1 is longer/)
  expect(chunks).toBe(4)
})
