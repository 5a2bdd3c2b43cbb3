import { logConformance } from '@drakkar/plugin-sdk/log/conformance'
import { it } from 'vitest'
import { MemoryLog } from './memory-log.ts'

logConformance(it, {
  open: async () => new MemoryLog(),
  reopen: async (log) => {
    if (!(log instanceof MemoryLog)) throw new TypeError('not a memory log')
    return log.handle()
  },
  groups: true,
  gracefulHandOver: true,
})
