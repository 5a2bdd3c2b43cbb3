import fc from 'fast-check'
import { it } from 'vitest'
import { LogModel, steps } from '../../../test/log/log-model.ts'
import { MemoryLog } from './memory-log.ts'

it('any sequence of sends, commits, pauses and restarts agrees with a naive model', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      let shared = new MemoryLog()
      const model = new LogModel(shared, async (log) => {
        await log.close()
        shared = shared.handle()
        return shared
      })
      await model.run(sequence)
      await model.close()
    }),
    { numRuns: 200 },
  )
}, 120_000)
