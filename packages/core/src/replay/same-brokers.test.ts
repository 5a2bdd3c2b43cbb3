import { expect, it } from 'vitest'
import { normalisedBrokers } from './same-brokers.ts'

it.each([
  ['b:1, A:9092', 'a:9092,b:1'],
  ['a,b:1,a:9092', 'a:9092,b:1'],
  ['127.0.0.1:1', 'localhost:1'],
  ['embedded ./Log,b.db', 'embedded ./Log,b.db'],
])('%s is %s', (list, expected) => {
  expect(normalisedBrokers(list)).toBe(expected)
})
