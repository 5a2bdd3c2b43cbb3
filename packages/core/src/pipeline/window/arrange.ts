/**
 * The `arrange` call of a window and what its failure means: retries, then one message at a time, so that one bad message
 * does not take its neighbours to the dead-letter log (spec HND-20, HND-21, WIN-11).
 */
import { backoffDelayMs, type BackoffRules, type Clock, errorMessage, type LogFields } from '@drakkar/plugin-sdk'
import type { SourceMessage } from '../../model/message.ts'
import type { ExecutorTask, PendingContext } from '../../model/task.ts'
import type { AppLogger } from '../../observability/logger.ts'
import type { HookPlace, Hooks } from '../collect/hooks.ts'
import { taskListProblem } from './task-list.ts'

export interface Arranged {
  readonly tasks: readonly ExecutorTask[]
  /** Messages `arrange` fails for even alone. */
  readonly poisoned: readonly { readonly message: SourceMessage; readonly error: unknown }[]
  readonly attempts: number
}

export interface ArrangePorts {
  readonly hooks: Hooks
  readonly maxRetries: number
  readonly clock: Clock
  readonly random: () => number
  readonly logger: AppLogger
}

export interface ArrangeCall {
  readonly messages: readonly SourceMessage[]
  readonly pending: () => PendingContext
  readonly place: HookPlace
  /** Aborts when the window need not be arranged any more: the hook is not waited for. */
  readonly admission: AbortSignal
}

const arrangeBackoff: BackoffRules = { baseMs: 100, factor: 2, capMs: 5000, jitter: 0.5 }

/**
 * Never rejects. A call that is aborted while it waits gives no tasks and nothing poisoned. Without retries a failed
 * window is still arranged message by message, to find the one to blame.
 */
export async function arrangeWindow(ports: ArrangePorts, call: ArrangeCall): Promise<Arranged> {
  const attempts = Math.max(1, ports.maxRetries)
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const result = await tryArrange(ports, call, call.messages)
    if (!('error' in result)) return { tasks: result.tasks, poisoned: [], attempts: attempt }
    if (call.admission.aborted) return { tasks: [], poisoned: [], attempts: attempt }
    ports.logger.error('arrange_failed', { ...failedCall(call), attempt, error: result.error })
    const [only] = call.messages
    if (ports.maxRetries === 0 && only !== undefined && call.messages.length === 1) {
      return { tasks: [], poisoned: [{ message: only, error: result.error }], attempts: attempt }
    }
    await ports.clock.sleep(backoffDelayMs(arrangeBackoff, attempt, ports.random()), call.admission)
    if (call.admission.aborted) return { tasks: [], poisoned: [], attempts: attempt }
  }
  return arrangeOneByOne(ports, call, attempts + 1)
}

function failedCall({ place, messages }: ArrangeCall): LogFields {
  return { partition: place.partition, window_id: place.id, message_count: messages.length, offset: messages[0]?.offset }
}

async function arrangeOneByOne(ports: ArrangePorts, call: ArrangeCall, attempts: number): Promise<Arranged> {
  const tasks: ExecutorTask[] = []
  const poisoned: { message: SourceMessage; error: unknown }[] = []
  for (const message of call.messages) {
    const result = await tryArrange(ports, call, [message])
    if (call.admission.aborted) return { tasks: [], poisoned: [], attempts }
    if ('error' in result) poisoned.push({ message, error: result.error })
    else tasks.push(...result.tasks)
  }
  return { tasks, poisoned, attempts }
}

async function tryArrange(
  ports: ArrangePorts,
  call: ArrangeCall,
  messages: readonly SourceMessage[],
): Promise<{ readonly tasks: readonly ExecutorTask[] } | { readonly error: unknown }> {
  try {
    const tasks = await ports.hooks.arrange({ messages, pending: call.pending() }, call.admission, call.place)
    const problem = taskListProblem(tasks)
    if (problem !== null) return { error: new TypeError(`arrange returned no valid tasks: ${problem}`) }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- taskListProblem has checked every field
    return { tasks: tasks as readonly ExecutorTask[] }
  } catch (error) {
    return { error: error ?? new Error(errorMessage(error)) }
  }
}
