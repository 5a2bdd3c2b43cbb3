import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chooseTarget, configuredTarget } from './target.ts'

const url = 'https://me:secret@example.com/in/a?x=1'
const authorization = `Basic ${Buffer.from('me:secret').toString('base64')}`
const choose = (own?: string, allowUrlOverride = true) => chooseTarget(own, { url, configured: configuredTarget(url), allowUrlOverride })

describe('chooseTarget', () => {
  it('is the configured URL for a payload without one', () => {
    expect(choose(undefined, false)).toEqual({ origin: 'https://example.com', path: '/in/a?x=1', authorization, isConfigured: true })
  })

  it.each([
    ['b', '/in/b'],
    ['/c?y=2', '/c?y=2'],
    ['https://example.com:443/d', '/d'],
  ])('%s is on the configured server, with its credentials (BSP-16)', (own, path) => {
    expect(choose(own)).toEqual({ origin: 'https://example.com', path, authorization, isConfigured: true })
  })

  it.each(['http://example.com/', 'https://example.com:8443/', 'https://other.example.com/', '//evil.example', String.raw`\\evil.example`])(
    '%s is another server and gets none of them',
    (own) => {
      expect(choose(own)).toMatchObject({ isConfigured: false, authorization: null })
    },
  )

  it('takes the credentials of its own URL', () => {
    expect(choose('https://you:own@example.com/e').authorization).toBe(`Basic ${Buffer.from('you:own').toString('base64')}`)
    expect(choose('http://you:own@elsewhere/e').authorization).toBe(`Basic ${Buffer.from('you:own').toString('base64')}`)
  })

  it('is refused where it is not allowed', () => {
    expect(() => choose('/b', false)).toThrow('allow_url_override is not set')
  })

  it.each([
    'http://169.254.169.254/latest/meta-data',
    'http://2852039166/',
    'http://0xa9.0xfe.0xa9.0xfe/',
    'http://[::ffff:169.254.169.254]/',
    '//metadata.google.internal./',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'http://',
    'http://user:%zz@host/',
  ])('%s is refused for good, without being shown (SEC-13)', (own) => {
    expect(() => choose(own)).toThrow(expect.objectContaining({ kind: 'permanent', code: 'DRK_SINK_PAYLOAD_INVALID' }))
    expect(() => choose(own)).not.toThrow(own)
  })

  it('whatever a payload says: credentials of the configuration go to the configured server only', () => {
    const parts = fc.constantFrom('http:', 'https:', '//', '/', '\\', '@', ':', 'example.com', 'evil', '.', '?', '#', '%', ' ', '\t', '443')
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 8 }), (pieces) => {
        try {
          const target = choose(pieces.join(''))
          expect(target.isConfigured).toBe(target.origin === 'https://example.com')
          if (!target.isConfigured) expect(target.authorization).not.toBe(authorization)
        } catch (error) {
          expect(error).toMatchObject({ kind: 'permanent' })
        }
      }),
      { numRuns: 2000 },
    )
  })
})
