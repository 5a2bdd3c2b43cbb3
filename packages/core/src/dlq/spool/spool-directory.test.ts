import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFakeClock } from '@drakkar/plugin-sdk/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createRecordingAppLogger } from '../../../test/support/recording-app-logger.ts'
import { openSpool } from './open-spool.ts'
import { spoolDirectoryProblem } from './spool-directory.ts'

let root = ''

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'drakkar-spool-'))
  await writeFile(join(root, 'file'), '')
  await mkdir(join(root, 'there'))
})

afterEach(() => rm(root, { recursive: true }))

it.each(['', 'there', 'there/new', 'new/deep/er'])('accepts %j and makes nothing', async (directory) => {
  expect(await spoolDirectoryProblem(directory === '' ? '' : join(root, directory))).toBeNull()
  expect(await readdir(root, { recursive: true })).toEqual(['file', 'there'])
})

it.each(['file', 'file/new', 'file/new/deep'])('refuses %j in the words of a start', async (place) => {
  const directory = join(root, place)
  const options = { directory, workerId: 'w', clock: createFakeClock(), logger: createRecordingAppLogger() }
  const found = await spoolDirectoryProblem(directory)
  await expect(openSpool(options)).rejects.toMatchObject({ problems: [found] })
})
