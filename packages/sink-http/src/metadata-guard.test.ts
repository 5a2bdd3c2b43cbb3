import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { httpUrlProblem } from './http-url.ts'
import { isMetadataAddress, isMetadataHost } from './metadata-guard.ts'

describe('the host of a URL (SEC-13)', () => {
  it.each([
    '169.254.169.254',
    '100.100.100.200',
    '192.0.0.192',
    '169.254.170.2',
    'metadata.google.internal',
    'metadata.packet.net',
    'METADATA.Google.Internal',
    'metadata.google.internal.',
    '169.254.169.254.',
    '2852039166',
    '0xA9FEA9FE',
    '0xa9.0xfe.0xa9.0xfe',
    '0251.0376.0251.0376',
    '169.254.43518',
    '169.16689662',
    '１６９.254.169.254',
    '169。254。169。254',
    '%31%36%39.254.169.254',
    '[::ffff:169.254.169.254]',
    '[::FFFF:a9fe:a9fe]',
    '[0:0:0:0:0:ffff:a9fe:a9fe]',
    '[::169.254.169.254]',
    '[64:ff9b::169.254.169.254]',
    '[2002:a9fe:a9fe::1]',
    '[fd00:ec2::254]',
    '[FD00:0EC2:0000::0254]',
    '[fe80::a9fe:a9fe]',
  ])('%s is refused', (host) => {
    expect(httpUrlProblem(`http://${host}/latest/meta-data`)).toBe('must not name a metadata service of a cloud')
    expect(httpUrlProblem(`https://me:pw@${host}:8080/?a=1`)).toContain('metadata')
  })

  it.each([
    'localhost',
    '127.0.0.1',
    '10.0.0.1',
    '192.168.1.1',
    '169.254.1.1',
    '[::1]',
    '[fd00::1]',
    'metadata.example.com',
    'example.com',
  ])('%s is allowed', (host) => {
    expect(httpUrlProblem(`http://${host}/`)).toBeNull()
  })
})

describe('a resolved address (HTS-7)', () => {
  it.each(['169.254.169.254', '::ffff:169.254.169.254', '::ffff:a9fe:a9fe', 'fd00:ec2::254', 'fe80::a9fe:a9fe%eth0'])(
    '%s is refused',
    (address) => {
      expect(isMetadataAddress(address)).toBe(true)
    },
  )

  it('is refused exactly when it is, or holds, a listed IPv4 address', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const isListed = ['169.254.169.254', '169.254.170.2', '169.254.170.23', '100.100.100.200', '192.0.0.192'].includes(address)
        expect(isMetadataAddress(address)).toBe(isListed)
        expect(isMetadataAddress(`::ffff:${address}`)).toBe(isListed)
        expect(isMetadataAddress(`64:ff9b::${address}`)).toBe(isListed)
      }),
      { examples: [['169.254.169.254'], ['100.100.100.200'], ['192.0.0.192']] },
    )
  })

  it('never throws, whatever is given', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV6(), fc.domain()), (text) => {
        expect(typeof isMetadataHost(text)).toBe('boolean')
      }),
    )
  })
})
