import { describe, expect, test } from 'vitest'
import { editDistance, nearestKey } from './nearest-key.ts'

describe('the key that was probably meant', () => {
  const known = ['brokers', 'source_topic', 'consumer_group', 'max_poll_records', 'session_timeout_ms', 'tls']
  test.each([
    ['borkers', 'brokers'],
    ['BROKERS', 'brokers'],
    ['sourceTopic', 'source_topic'],
    ['max-poll-records', 'max_poll_records'],
    ['max_pol_record', 'max_poll_records'],
    ['session_timeout', 'session_timeout_ms'],
    ['topik', 'source_topic'],
    ['tsl', 'tls'],
    ['ssl', null],
    ['x', null],
    ['something_else', null],
  ])('%s → %s', (key, expected) => {
    expect(nearestKey(key, known)).toBe(expected)
  })

  test('nothing is near when nothing is known', () => {
    expect(nearestKey('a', [])).toBeNull()
  })

  test.each([
    ['', '', 0],
    ['a', '', 1],
    ['ab', 'ba', 1],
    ['kitten', 'sitting', 3],
    ['topik', 'topic', 1],
  ])('distance of %j and %j is %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance)
    expect(editDistance(b, a)).toBe(distance)
  })
})
