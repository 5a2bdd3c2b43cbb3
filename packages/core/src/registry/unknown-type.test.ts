import { expect, it } from 'vitest'
import { packageHint, unknownTypeMessage } from './unknown-type.ts'

const facts = { appRoot: '/srv/app', notInstalled: [] }

it('names the package of this project, and that it was declared already', () => {
  expect(packageHint({ type: 'redis', ...facts })).toBe('install it with: npm install @drakkar/sink-redis')
  expect(packageHint({ type: 'redis', ...facts, notInstalled: ['@drakkar/sink-redis'] })).toMatch(/sink-redis is declared .* not installed/)
})

it('says of any other type which package.json was looked at, and what it declares in vain', () => {
  expect(packageHint({ type: 'parcels', ...facts })).toContain('the dependencies of /srv/app/package.json, or correct the type')
  expect(packageHint({ type: 'parcels', ...facts, notInstalled: ['a', 'b'] })).toContain(
    '(declared there but not installed: a, b; run npm install)',
  )
  expect(packageHint({ type: 'constructor', ...facts, appRoot: null })).toContain('the dependencies of the application')
})

it('lists what there is instead', () => {
  expect(unknownTypeMessage({ type: 'parcel', ...facts, knownTypes: ['kafka', 'parcels'] })).toMatch(/; installed types: kafka, parcels$/)
  expect(unknownTypeMessage({ type: 'parcel', ...facts, appRoot: null, knownTypes: [] })).toMatch(
    /no package.json was found.*no sink types are installed$/,
  )
})
