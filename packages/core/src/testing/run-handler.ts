/** A handler over messages, from the topic to the commit, in one call. */
import type { InputSchema } from '@drakkar/plugin-sdk'
import type { Handler } from '../handler.ts'
import type { TaskMetadata } from '../model/task.ts'
import { HandlerTestError } from './handler-test-error.ts'
import type { HandlerTestOptions } from './test-options.ts'
import type { HandlerRun } from './test-run.ts'
import { startTestWorker } from './test-worker.ts'

/**
 * Runs the messages through a worker with the handler, until each is settled and committed, and stops it. The same input gives the
 * same run. Rejects with a `HandlerTestError` when the run cannot finish or a fault had no effect, with a `ConfigError` for a
 * wrong configuration, and with the error a worker would end with.
 */
export async function runHandler<S extends InputSchema | undefined, M extends TaskMetadata, T>(
  handler: Handler<S, M, T>,
  options: HandlerTestOptions<M> = {},
): Promise<HandlerRun> {
  await using worker = await startTestWorker(handler, options)
  await worker.settle()
  const [unused, ...others] = worker.unusedFaults
  if (unused !== undefined) throw neverHappened([unused, ...others], worker.seconds)
  return await worker.stop()
}

function neverHappened(faults: readonly string[], seconds: number): HandlerTestError {
  const which = faults.length === 1 ? `the fault ${faults.join()}` : `the faults ${faults.join(' and ')}`
  return new HandlerTestError(`${which} never happened: every message was committed after ${seconds} s without it`)
}
