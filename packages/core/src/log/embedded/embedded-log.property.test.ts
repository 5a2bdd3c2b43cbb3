import fc from 'fast-check'
import { it, onTestFinished } from 'vitest'
import { LogModel, steps } from '../../../test/log/log-model.ts'
import { TemporaryLogs } from '../../../test/log/temporary-logs.ts'

it('any sequence of sends, commits, pauses and reopenings agrees with a naive model', async () => {
  const logs = await TemporaryLogs.create()
  onTestFinished(() => logs.dispose())
  let files = 0
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      files += 1
      const name = `${files}.db`
      const model = new LogModel(await logs.open(name), async (log) => {
        await log.close()
        return await logs.open(name)
      })
      await model.run(sequence)
      await model.close()
    }),
    { numRuns: 12 },
  )
}, 120_000)
