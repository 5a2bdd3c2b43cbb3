/** The type tests that augment modules, each compiled as a program of its own. `npm run types` compiles the others. */
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')

describe('types', () => {
  it.each(['augmented', 'unaugmented'])(
    'hold in the program `%s`',
    async (program) => {
      const project = fileURLToPath(new URL(program, import.meta.url))
      const run = promisify(execFile)(process.execPath, [compiler, '--project', project, '--noEmit'], { timeout: 100_000 })
      const output = await run.then(
        ({ stdout }) => stdout,
        (error: unknown) => String(Reflect.get(Object(error), 'stdout') || error),
      )
      expect(output).toBe('')
    },
    120_000,
  )
})
