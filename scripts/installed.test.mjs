import { describe, expect, it } from 'vitest'
import { differences } from './installed.mjs'

const lock = { '': {}, 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '2.0.0', optional: true } }

describe('differences between the lock file and what npm recorded', () => {
  it('finds none when every version is there', () => {
    expect(differences(lock, { 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '2.0.0' } })).toEqual([])
  })
  it('finds a package that is absent', () => {
    expect(differences(lock, {})).toEqual(['node_modules/a'])
  })
  it('finds a package of another version, optional or not', () => {
    const installed = { 'node_modules/a': { version: '1.0.1' }, 'node_modules/b': { version: '2.0.1' } }
    expect(differences(lock, installed)).toEqual(['node_modules/a', 'node_modules/b'])
  })
  it('accepts the absence of an optional package, which is for another platform', () => {
    expect(differences(lock, { 'node_modules/a': { version: '1.0.0' } })).toEqual([])
  })
})
