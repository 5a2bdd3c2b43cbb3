import { describe, expect, it } from 'vitest'
import { explainInstallFailure, explainNodeVersion } from './explain-failure.mjs'

describe('explaining a failed install', () => {
  it.each([
    ['npm error code EAI_AGAIN\nnpm error request failed', 'registry could not be reached'],
    ['npm error gyp ERR! find Python\nnpm error path node_modules/better-sqlite3', 'better-sqlite3'],
    ['prebuild-install warn install getaddrinfo ENOTFOUND github.com', 'better-sqlite3'],
    ['npm error code EBADENGINE', 'does not run on this Node version'],
    ['npm error code ENOSPC', 'disk is full'],
    ['npm error code EUSAGE', 'do not agree'],
    ['npm error code EACCES', 'may not write'],
  ])('%s', (output, expected) => {
    expect(explainInstallFailure(output)).toContain(expected)
  })
  it('says that it does not know an unknown failure, and repeats what npm said', () => {
    const text = explainInstallFailure('npm error surprising')
    expect(text).toContain('does not know')
    expect(text).toContain('npm error surprising')
  })
})

describe('the Node version', () => {
  it.each(['20.19.0', '20.20.2', '22.0.0', '24.1.0'])('accepts %s', (version) => {
    expect(explainNodeVersion(version)).toBeNull()
  })
  it.each(['18.20.0', '20.18.3', '19.9.0'])('refuses %s and says what is needed', (version) => {
    expect(explainNodeVersion(version)).toContain('needs Node 20.19')
  })
})
