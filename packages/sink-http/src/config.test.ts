import { compileSchema, redactConfig } from '@drakkar/plugin-sdk'
import { Default } from 'typebox/value'
import { expect, it } from 'vitest'
import { HttpSinkConfig } from './config.ts'
import { parseHttpUrl } from './http-url.ts'

const url = 'https://example.com/in'
const issues = (given: object) => compileSchema(HttpSinkConfig).issues(Default(HttpSinkConfig, structuredClone(given)))

it('needs nothing but a URL (CFG-33)', () => {
  expect(issues({ url })).toEqual([])
  expect(Default(HttpSinkConfig, { url })).toEqual({
    url,
    allow_url_override: false,
    method: 'POST',
    headers: {},
    timeout_seconds: 30,
    concurrency: 8,
    idempotency_key_header: '',
    max_retries: 3,
    transient_statuses: [408, 425, 429, 502, 503, 504],
    tls: null,
  })
})

it.each([
  [{}, 'url', 'is required'],
  [{ url: 'example.com' }, 'url', 'must be a URL'],
  [{ url: 'ftp://example.com' }, 'url', 'must begin with http'],
  [{ url: 'http://169.254.169.254/' }, 'url', 'metadata'],
  [{ url: 'http://0xa9fea9fe/' }, 'url', 'metadata'],
  [{ url, timeout_seconds: 0.5 }, 'timeout_seconds', '1'],
  [{ url, max_retries: -1 }, 'max_retries', '0'],
  [{ url, concurrency: 0 }, 'concurrency', '1'],
  [{ url, headers: { 'bad name': 'x' } }, 'headers', 'no name of a header'],
  [{ url, headers: { 'Content-Length': '1' } }, 'headers', 'must not hold Content-Length'],
  [{ url, headers: { 'x-a': 'a\nb' } }, 'headers', 'a character that a header cannot have'],
])('%j: %s %s', (given, path, message) => {
  expect(issues(given)).toMatchObject([{ path, message: expect.stringContaining(message) as string }])
})

it('allows receivers that are private', () => {
  for (const host of ['localhost:8080', '10.1.2.3', '[::1]:1']) expect(issues({ url: `http://${host}/` })).toEqual([])
})

it('shows no secret', () => {
  const config = { url: 'https://me:hunter2@example.com/', headers: { authorization: 'hunter3' }, tls: { passphrase: 'hunter4' } }
  expect(JSON.stringify(redactConfig(HttpSinkConfig, config))).not.toMatch(/hunter/)
})

it('takes a URL apart', () => {
  expect(parseHttpUrl('https://me:p%40ss@example.com:8443/in?a=1#part')).toEqual({
    origin: 'https://example.com:8443',
    path: '/in?a=1',
    authorization: `Basic ${Buffer.from('me:p@ss').toString('base64')}`,
  })
  expect(parseHttpUrl('http://example.com')).toEqual({ origin: 'http://example.com', path: '/', authorization: null })
})
