import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SinkError } from './errors.ts'
import { failure, fallback, ok, onSuccess, serve, skip } from './response.ts'
import { validateResponses } from './validate-responses.ts'

const statuses = (ids: readonly string[], result: unknown) =>
  Object.fromEntries([...validateResponses(ids, result).responses].map(([id, answer]) => [id, answer.status]))

describe('a valid set', () => {
  it('is nothing at all: every payload arrived', () => {
    expect(statuses(['a', 'b'], undefined)).toEqual({ a: 'ok', b: 'ok' })
    expect(validateResponses(['a'], undefined).violation).toBeNull()
  })

  it('is one answer per payload, in any order, of any status', () => {
    const error = new SinkError({ kind: 'throttled', message: 'x', retryAfterMs: 1 })
    const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
    const answers = [
      skip('g'),
      ok('a'),
      failure('b', 'why'),
      failure('c', error),
      fallback('d'),
      serve('e', new Uint8Array()),
      onSuccess('f', 1),
    ]
    const { responses, violation } = validateResponses(ids, answers)
    expect(violation).toBeNull()
    expect([...responses.keys()]).toEqual(ids)
    expect(responses.get('c')).toBe(answers[3])
  })

  it('is an empty array for an empty batch', () => {
    expect(validateResponses([], []).violation).toBeNull()
  })
})

describe('a wrong set keeps its valid answers and fails the rest', () => {
  it.each([
    ['too few', [ok('a')], ['b'], { a: 'ok', b: 'failure' }],
    ['a duplicate, even an agreeing one', [ok('a'), ok('b'), ok('b')], ['b'], { a: 'ok', b: 'failure' }],
    ['three answers for one id', [ok('a'), ok('b'), ok('b'), ok('b')], ['b'], { a: 'ok', b: 'failure' }],
    ['an unknown id', [ok('a'), ok('b'), ok('c')], ['c'], { a: 'ok', b: 'ok' }],
    ['an answer without an id', [ok('a'), ok('b'), { status: 'ok' }], ['(no id)'], { a: 'ok', b: 'ok' }],
    ['an unknown status', [ok('a'), { id: 'b', status: 'done' }], ['b'], { a: 'ok', b: 'failure' }],
    ['a failure without a message', [ok('a'), failure('b', ' ')], ['b'], { a: 'ok', b: 'failure' }],
    ['an invalid answer beside a valid one', [ok('a'), { id: 'b', status: 'done' }, ok('b')], ['b'], { a: 'ok', b: 'failure' }],
    ['a body that is no bytes', [ok('a'), { id: 'b', status: 'serve', body: 'text' }], ['b'], { a: 'ok', b: 'failure' }],
    ['no array', { rowCount: 2 }, ['a', 'b'], { a: 'failure', b: 'failure' }],
    ['null', null, ['a', 'b'], { a: 'failure', b: 'failure' }],
  ])('%s', (...[, result, concerned, expected]) => {
    const { violation } = validateResponses(['a', 'b'], result)
    expect(statuses(['a', 'b'], result)).toEqual(expected)
    expect(violation?.ids.toSorted()).toEqual(concerned)
    expect(violation?.code).toBe('DRK_SINK_CONTRACT')
  })

  it('with a permanent failure that names the contract', () => {
    const answer = validateResponses(['a'], []).responses.get('a')
    expect(answer).toMatchObject({ status: 'failure', error: { kind: 'permanent', code: 'DRK_SINK_CONTRACT' } })
  })

  it('with a message of bounded length and all ids in the error', () => {
    const ids = Array.from({ length: 5000 }, (_, index) => `payload-${index}`)
    const { violation } = validateResponses(ids, [])
    expect(violation?.ids).toHaveLength(5000)
    expect(violation?.message.length).toBeLessThan(1000)
  })
})

it('reads hostile answers without throwing', () => {
  const hostile = {
    id: 'a',
    get status(): string {
      throw new Error('boom')
    },
  }
  expect(statuses(['a'], [hostile, null, 1, 'x', Object.create(null)])).toEqual({ a: 'failure' })
})

it('acknowledges a payload only for exactly one valid answer of its own', () => {
  const id: fc.Arbitrary<string> = fc.constantFrom('a', 'b', 'c', 'd')
  const answer = fc.oneof(
    id.map(ok),
    fc.tuple(id, fc.constantFrom('', 'why')).map(([payload, message]) => failure(payload, message)),
    fc.record({ id: fc.oneof(id, fc.constant('z')), status: fc.constantFrom('ok', 'skip', 'nonsense') }),
    fc.constant(null),
  )
  const isValid = (value: { status: string; error?: unknown }): boolean => value.status !== 'nonsense' && value.error !== ''
  fc.assert(
    fc.property(fc.uniqueArray(id), fc.array(answer), (ids, answers) => {
      const { responses, violation } = validateResponses(ids, answers)
      expect([...responses.keys()]).toEqual(ids)
      let isWrong = answers.some((one) => one === null || !ids.includes(one.id))
      for (const payload of ids) {
        const own = answers.filter((one) => one?.id === payload)
        const [only] = own
        const isAnswered = own.length === 1 && only !== undefined && only !== null && isValid(only)
        const actual = responses.get(payload)
        expect(isAnswered ? actual === only : actual?.status === 'failure').toBe(true)
        isWrong ||= !isAnswered
      }
      expect(violation !== null).toBe(isWrong)
    }),
  )
})
