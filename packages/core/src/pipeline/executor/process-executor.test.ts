import { expect, it } from 'vitest'
import { createProcessExecutor } from './process-executor.ts'
import { quietLogger, settings, taskOf } from './test-fixtures.ts'

it('runs a program and gives its output', async () => {
  await using executor = createProcessExecutor({ config: settings({}), logger: quietLogger })
  await executor.start()
  const outcome = await executor.run(taskOf({ args: ['-c', 'echo hello; sleep 2 & exit 0'] }), { priority: 0, signal: new AbortController().signal })
  expect(outcome).toMatchObject({ status: 'completed', result: { stdout: 'hello\n', exitCode: 0 } })
})
