/** The end of a worker's work (spec APP-6…8): nothing new, drain, commit, tell the handler, leave the group. */
import type { LogConsumer } from '@drakkar/plugin-sdk/log'
import type { AppLogger } from '../observability/logger.ts'
import type { PeriodicTasks } from '../periodic/periodic-tasks.ts'
import type { Committer } from '../pipeline/commit/committer.ts'
import type { Source } from '../pipeline/source/source.ts'
import type { LifecycleHooks } from './lifecycle-hooks.ts'
import type { StopBudget } from './stop-budget.ts'
import { within, type WithinOptions } from './within.ts'

export interface ShutDownParts {
  readonly source: Source
  readonly committer: Committer
  readonly consumer: LogConsumer
  readonly periodic: PeriodicTasks
  readonly lifecycle: LifecycleHooks
  readonly logger: AppLogger
  readonly drain: WithinOptions
}

/** True: all that ran is settled and committed. False: some of it was given up and will be processed again. */
export async function shutDown(parts: ShutDownParts, budget: StopBudget): Promise<boolean> {
  const { source, committer, consumer, lifecycle } = parts
  source.stop()
  const [drained] = await Promise.all([source.drainAll(), endPeriodic(parts)])
  const committed = await commitLast(committer, budget)
  await budget.step(source.revocationsEnded())
  const released = await budget.step(source.abandonAll())
  if (!(await budget.step(lifecycle.idle()))) lifecycle.giveUp()
  await budget.step(consumer.stop())
  return drained && committed && released
}

/** A run in progress has the drain budget; nothing of it is committed, so giving it up loses nothing. */
async function endPeriodic({ periodic, logger, drain }: ShutDownParts): Promise<void> {
  periodic.stop()
  if (await within(periodic.idle(), drain)) return
  logger.error('background_task_drain_timeout', { periodic: periodic.running })
  periodic.giveUp()
}

/** The commit in flight first: a later one must not be overtaken by it. */
async function commitLast(committer: Committer, budget: StopBudget): Promise<boolean> {
  await budget.step(committer.stop())
  return committer.flush(budget.stepMs)
}
