import { defineSink } from '@drakkar/plugin-sdk'
import fc from 'fast-check'
import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { sinkNames } from './sink-names.ts'

const names = (target: string, type: string | null = null) => sinkNames({ target, type, workingDirectory: '/work' })

describe('sinkNames', () => {
  it.each([
    ['drakkar-sink-parcels', 'drakkar-sink-parcels', '/work/drakkar-sink-parcels', 'parcels'],
    ['@acme/drakkar-sink-parcel-store', '@acme/drakkar-sink-parcel-store', '/work/drakkar-sink-parcel-store', 'parcel_store'],
    ['parcel-store-sink', 'parcel-store-sink', '/work/parcel-store-sink', 'parcel_store'],
    ['./packages/parcels', 'parcels', '/work/packages/parcels', 'parcels'],
    ['/elsewhere/s3.bucket', 's3.bucket', '/elsewhere/s3.bucket', 's3_bucket'],
    ['..', 'work', '/work', 'work'],
  ])('%s', (target, packageName, folder, type) => {
    const workingDirectory = target === '..' ? '/work/inner' : '/work'
    expect(sinkNames({ target, type: null, workingDirectory })).toEqual({ packageName, folder, type })
  })

  it('takes the type that is given', () => {
    expect(names('sink', 'parcels_2')).toMatchObject({ packageName: 'sink', type: 'parcels_2' })
  })

  it('takes a built-in type that is given', () => {
    expect(names('drakkar-sink-kafka', 'kafka')).toMatchObject({ type: 'kafka' })
  })

  it.each([
    ['Parcel Store', null, /"Parcel Store" cannot be the name of an npm package.*for example parcel-store$/],
    ['.hidden', null, /cannot be the name of an npm package/],
    ['node_modules', null, /cannot be the name of an npm package/],
    ['x'.repeat(215), null, /cannot be the name of an npm package/],
    ['drakkar-sink', null, /say it with --type/],
    ['sink-42', null, /say it with --type/],
    ['sink-custom', null, /say it with --type/],
    ['drakkar-sink-kafka', null, /"kafka" is a built-in sink type.*or say --type kafka/],
    ['drakkar-sink-files', null, /payloads of the built-in type "filesystem"/],
    ['ok', 'Not-Snake', /--type Not-Snake: a sink type is a snake_case name/],
    ['ok', 'circuit_breaker', /choose another/],
  ])('refuses %j with type %j', (target, type, message) => {
    expect(() => names(target, type)).toThrow(message)
  })

  it('makes only types the SDK accepts, and accepts every type the SDK does', () => {
    const accepts = (run: () => unknown): boolean => {
      try {
        run()
        return true
      } catch {
        return false
      }
    }
    const define = (type: string) =>
      defineSink({ type, config: Type.Object({}), payload: Type.Object({}), create: () => ({ deliver: () => {} }) })
    const anyType = fc.oneof(fc.stringMatching(/^[a-z_][a-z0-9_-]{0,8}$/), fc.constantFrom('custom', 'circuit_breaker', 'toString', ''))
    fc.assert(
      fc.property(anyType, (type) => {
        expect(accepts(() => names('ok', type))).toBe(accepts(() => define(type)))
      }),
    )
  })
})
