import { expect, it } from 'vitest'
import { missingEntries } from './complete-lock.mjs'

it('adds an entry with the platform for every optional platform package the lock lacks, and nothing else', () => {
  const packages = {
    'node_modules/tool': {
      dev: true,
      optionalDependencies: {
        'tool-linux-x64-musl': '1.2.3',
        '@t/win32-arm64-msvc': '1.2.3',
        '@t/darwin-x64': '1.2.3',
        extra: '1.0.0',
        '@t/linux-x64': '^1',
      },
    },
    'node_modules/@t/darwin-x64': { version: '1.2.3' },
  }
  expect(missingEntries(packages)).toEqual({
    'node_modules/tool-linux-x64-musl': { version: '1.2.3', cpu: ['x64'], libc: ['musl'], os: ['linux'], dev: true, optional: true },
    'node_modules/@t/win32-arm64-msvc': { version: '1.2.3', cpu: ['arm64'], os: ['win32'], dev: true, optional: true },
  })
})
