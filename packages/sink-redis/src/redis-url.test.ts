import { describe, expect, it } from 'vitest'
import { parseRedisUrl, redisUrlProblem } from './redis-url.ts'

const plain = { host: 'localhost', port: 6379, database: 0, username: '', password: '', isTls: false }

describe('parseRedisUrl', () => {
  it.each([
    ['redis://localhost', plain],
    ['redis://localhost:6379/0', plain],
    ['rediss://h:1/15', { ...plain, host: 'h', port: 1, database: 15, isTls: true }],
    ['redis://:p%40%2Fss@h', { ...plain, host: 'h', password: 'p@/ss' }],
    ['redis://me:pw@h/', { ...plain, host: 'h', username: 'me', password: 'pw' }],
    ['redis://[::1]:7', { ...plain, host: '::1', port: 7 }],
  ])('%s', (text, expected) => {
    expect(parseRedisUrl(text)).toEqual(expected)
  })
})

describe('redisUrlProblem', () => {
  it.each([
    ['localhost', 'must be a URL'],
    ['http://localhost', 'must begin with redis://'],
    ['redis://h/name', 'the number of a database'],
    ['redis://h/1/2', 'the number of a database'],
    ['redis://h?enableOfflineQueue=true', 'must not have a query'],
    ['redis:///0', 'must name a host'],
    ['redis://me:%zz@h', 'percent-encoding'],
  ])('%s %s', (text, problem) => {
    expect(redisUrlProblem(text)).toContain(problem)
    expect(() => parseRedisUrl(text)).toThrow(problem)
  })

  it('never shows the URL', () => {
    for (const text of ['redis://me:hunter2@h/name', 'http://me:hunter2@h', 'redis://me:hunter2@h:port', 'redis://h?password=hunter2']) {
      expect(redisUrlProblem(text)).not.toContain('hunter2')
    }
  })
})
