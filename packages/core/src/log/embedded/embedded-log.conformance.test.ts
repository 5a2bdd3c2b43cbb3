import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Logger } from '@drakkar/plugin-sdk'
import type { MessageLog } from '@drakkar/plugin-sdk/log'
import { logConformance } from '@drakkar/plugin-sdk/log/conformance'
import { afterAll, beforeAll, it } from 'vitest'
import { openEmbeddedLog } from './embedded-log.ts'

const silent: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const paths = new WeakMap<MessageLog, string>()
let directory = ''
let files = 0

async function openAt(path: string): Promise<MessageLog> {
  const log = await openEmbeddedLog({ path, logger: silent, workerId: 'test' })
  paths.set(log, path)
  return log
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'drakkar-embedded-'))
})

afterAll(async () => {
  await rm(directory, { recursive: true })
})

logConformance(it, {
  open: () => {
    files += 1
    return openAt(join(directory, `${files}.db`))
  },
  reopen: (log) => openAt(paths.get(log) ?? ''),
  groups: false,
})
