import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { checkBinary } from './check-binary.ts'

const folder = mkdtempSync(join(tmpdir(), 'drakkar-check-binary-'))
const program = join(folder, 'program')
writeFileSync(program, '#!/bin/sh\n')
chmodSync(program, 0o755)
writeFileSync(join(folder, 'plain'), 'text', { mode: 0o644 })

it('accepts an executable file by path and by name', async () => {
  expect(await checkBinary(program)).toBe(program)
  expect(await checkBinary('program', `/nowhere:${folder}`)).toBe(program)
})

it.each([
  ['a missing file', join(folder, 'missing'), 'does not exist'],
  ['a folder', folder, 'is not a file'],
  ['a path through a file', join(program, 'x'), 'does not exist'],
  ['a name that is nowhere in PATH', 'missing-program', 'in any folder of PATH'],
  ['a name that is not executable', 'plain', 'in any folder of PATH'],
])('refuses %s and says why', async (_name, path, reason) => {
  await expect(checkBinary(path, folder)).rejects.toMatchObject({ code: 'DRK_EXECUTOR_UNUSABLE', message: expect.stringContaining(reason) })
})

it('refuses a file without permission to execute', async () => {
  await expect(checkBinary(join(folder, 'plain'))).rejects.toMatchObject({ message: expect.stringContaining('is not executable') })
})
