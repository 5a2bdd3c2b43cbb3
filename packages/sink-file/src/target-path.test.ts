import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { absolutePath, confine, isInside } from './target-path.ts'

const component = fc.constantFrom('a', 'b', 'base', 'base-evil', '..', '.', '', '...', '..a', 'ü', ' ')
const anyPath = fc
  .record({ isAbsolute: fc.boolean(), parts: fc.array(component, { minLength: 1, maxLength: 8 }) })
  .map(({ isAbsolute, parts }) => (isAbsolute ? '/' : '') + parts.join('/'))

/** Walks a path component by component, independently of `node:path`. */
function naiveWalk(start: string, path: string): string[] {
  const from = path.startsWith('/') ? [] : start.split('/').filter(Boolean)
  return path.split('/').reduce<string[]>((at, part) => {
    if (part === '' || part === '.') return at
    return part === '..' ? at.slice(0, -1) : [...at, part]
  }, from)
}

function naiveDecision(path: string): object {
  const walked = naiveWalk('/srv/base', path)
  if (walked[0] !== 'srv' || walked[1] !== 'base') return { problem: 'Path traversal detected' }
  const last = path.split('/').at(-1) ?? ''
  return ['', '.', '..'].includes(last) ? { problem: 'Path names a directory' } : { path: `/${walked.join('/')}` }
}

describe('absolutePath', () => {
  it('accepts exactly the paths that end below the base, in a component that names something', () => {
    fc.assert(
      fc.property(anyPath, (path) => {
        expect(absolutePath('/srv/base', ['/srv/base'], path)).toEqual(naiveDecision(path))
      }),
      { numRuns: 2000 },
    )
  })

  it('refuses a NUL anywhere in the path', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        expect(absolutePath('/srv/base', [], `${before}\0${after}`)).toEqual({ problem: 'Path contains a NUL character' })
      }),
    )
  })

  it('lets a path lead anywhere when nothing confines it', () => {
    expect(absolutePath('/srv', [], '../var/log/x')).toEqual({ path: '/var/log/x' })
  })
})

describe('isInside', () => {
  it.each([
    ['/srv/base', '/srv/base-evil/x', false],
    ['/srv/base', '/srv/base/..x', true],
    ['/srv/base', '/srv/base', true],
    ['/srv/base', '/srv', false],
    ['/', '/x', true],
  ])('%s holds %s: %s', (directory, path, expected) => {
    expect(isInside(directory, path)).toBe(expected)
  })
})

describe('confine', () => {
  it('refuses the base itself as a file', () => {
    expect(confine('/srv/base', '/srv/base')).toEqual({ problem: 'Path names a directory' })
  })

  it('refuses what a symbolic link leads out to', () => {
    expect(confine('/srv/base', '/etc/passwd')).toEqual({ problem: 'Path traversal detected' })
  })
})
