import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { planSinks } from './plan.ts'
import { sinkOrigins, type SinkCandidate, type SinkOrigin } from './sink-candidate.ts'

function offer(type: string, origin: SinkOrigin, packageName: string): SinkCandidate {
  const source = { kind: 'module', moduleUrl: `file:///${packageName}/index.js`, exportName: 'default' } as const
  return { type, origin, packageName, version: '1.0.0', location: packageName, source }
}

function brokenOffer(type: string, origin: SinkOrigin, packageName: string): SinkCandidate {
  return { ...offer(type, origin, packageName), source: { kind: 'invalid', reason: 'no path' } }
}

describe('planSinks', () => {
  it('takes the only offer', () => {
    const planned = planSinks([offer('kafka', 'official', '@drakkar/sink-kafka')], {}).get('kafka')
    expect(planned).toMatchObject({ winner: { packageName: '@drakkar/sink-kafka' }, overrides: [], conflict: null })
  })

  it('puts code before the app, the app before third parties, third parties before @drakkar', () => {
    const offers = [
      offer('kafka', 'official', '@drakkar/sink-kafka'),
      offer('kafka', 'third_party', 'acme'),
      offer('kafka', 'app', 'my-app'),
      offer('kafka', 'registered', ''),
    ]
    for (const [index, origin] of sinkOrigins.entries()) {
      const planned = planSinks(
        offers.filter((candidate) => sinkOrigins.indexOf(candidate.origin) >= index),
        {},
      ).get('kafka')
      expect(planned?.winner.origin).toBe(origin)
      expect(planned?.conflict).toBeNull()
      expect(planned?.overrides.map((candidate) => candidate.origin)).toEqual(sinkOrigins.slice(index + 1))
    }
  })

  it('refuses two third parties and names both and the way out', () => {
    const planned = planSinks([offer('s3', 'third_party', 'b-sinks'), offer('s3', 'third_party', 'a-sinks')], {}).get('s3')
    expect(planned?.conflict).toContain('a-sinks@1.0.0 and b-sinks@1.0.0')
    expect(planned?.conflict).toContain('plugins.prefer.s3')
    expect(planned?.overrides).toEqual([])
  })

  it('does not mind two third parties below the app', () => {
    const offers = [offer('s3', 'third_party', 'a'), offer('s3', 'third_party', 'b'), offer('s3', 'app', 'my-app')]
    expect(planSinks(offers, {}).get('s3')).toMatchObject({ winner: { origin: 'app' }, conflict: null })
  })

  it('settles a conflict by preference, and lets a preference choose a weaker package', () => {
    const offers = [offer('s3', 'third_party', 'a'), offer('s3', 'third_party', 'b'), offer('s3', 'official', '@drakkar/sink-s3')]
    expect(planSinks(offers, { s3: 'b' }).get('s3')).toMatchObject({ winner: { packageName: 'b' }, conflict: null })
    expect(planSinks(offers, { s3: '@drakkar/sink-s3' }).get('s3')?.winner.packageName).toBe('@drakkar/sink-s3')
  })

  it('keeps code before a preference', () => {
    const offers = [offer('s3', 'third_party', 'a'), offer('s3', 'registered', '')]
    expect(planSinks(offers, { s3: 'a' }).get('s3')?.winner.origin).toBe('registered')
  })

  it('refuses a preference for a package that does not offer the type', () => {
    const planned = planSinks([offer('s3', 'third_party', 'a')], { s3: 'typo' }).get('s3')
    expect(planned?.conflict).toMatch(/plugins\.prefer\.s3 names typo.*a@1\.0\.0/)
  })

  it('is not fooled by a type called like a member of every object', () => {
    expect(planSinks([offer('constructor', 'third_party', 'a')], {}).get('constructor')?.conflict).toBeNull()
  })

  it('takes the last of several registrations', () => {
    const [first, second] = [offer('s3', 'registered', ''), offer('s3', 'registered', '')]
    expect(planSinks([first, second], {}).get('s3')?.winner).toBe(second)
  })

  it('lets an entry that cannot be loaded stand in the way of nobody of its rank', () => {
    const offers = [brokenOffer('s3', 'third_party', 'a'), offer('s3', 'third_party', 'b')]
    expect(planSinks(offers, {}).get('s3')).toEqual({ winner: offers[1], overrides: [], conflict: null })
  })

  it('does not put a weaker package in the place of one that is broken', () => {
    const offers = [
      brokenOffer('s3', 'third_party', 'a'),
      brokenOffer('s3', 'third_party', 'b'),
      offer('s3', 'official', '@drakkar/sink-s3'),
    ]
    expect(planSinks(offers, {}).get('s3')).toEqual({ winner: offers[0], overrides: [offers[2]], conflict: null })
  })

  it('gives the same plan whatever the order of discovery, and a conflict exactly when the strongest rank is shared', () => {
    const manifestOrigins = fc.constantFrom<SinkOrigin>('third_party', 'official')
    const offers = fc.uniqueArray(fc.record({ origin: manifestOrigins, name: fc.constantFrom('a', 'b', 'c', 'd') }), {
      minLength: 1,
      selector: ({ name }) => name,
    })
    fc.assert(
      fc.property(offers, fc.nat(), (given, rotation) => {
        const candidates = given.map(({ origin, name }) => offer('s3', origin, name))
        const turned = [...candidates.slice(rotation % candidates.length), ...candidates.slice(0, rotation % candidates.length)]
        const planned = planSinks(candidates, {}).get('s3')
        expect(planSinks(turned, {}).get('s3')).toEqual(planned)
        const thirdParties = given.filter(({ origin }) => origin === 'third_party').length
        const shared = thirdParties === 0 ? given.length > 1 : thirdParties > 1
        expect(planned?.conflict !== null).toBe(shared)
      }),
    )
  })
})
