/**
 * The end of a window for a handler with `onWindowComplete`: the hook, its payloads, and then the offsets of the window's
 * messages, which have waited for it (spec HND-9, design 13). Messages that went to the dead-letter log before the window
 * was arranged (undecodable, or `arrange` failed for them) do not wait and are not among the hook's messages.
 */
import type { ExecutorResult } from '../../model/task.ts'
import type { AssignmentScope } from '../assignment-scope.ts'
import { deadLetterMessage } from '../collect/dead-letter-message.ts'
import { deliveryOrigin } from '../collect/delivery-origin.ts'
import type { MessageProgress } from '../collect/message-progress.ts'
import type { ManagedSink } from '../sinks/managed-sink.ts'
import type { RoutedGroup } from '../sinks/route.ts'
import type { OpenWindow } from './open-window.ts'

export class WindowEnd {
  readonly #scope: AssignmentScope
  readonly #settle: (progress: MessageProgress) => void

  constructor(scope: AssignmentScope, settle: (progress: MessageProgress) => void) {
    this.#scope = scope
    this.#settle = settle
  }

  /** A task of the window came to this. The output counts in flow control, once: maybe it does so for the task's messages. */
  keep(window: OpenWindow, result: ExecutorResult): void {
    const { kill, flow, shared } = this.#scope
    if (window.held === null || kill.aborted) return
    const isCounted = shared.hooks.hasMessageComplete && result.task.sourceOffsets.length > 0
    const bytes = isCounted ? 0 : result.stdoutBytes.length + result.stderrBytes.length
    window.keep(result, bytes)
    flow.add(0, bytes)
  }

  /** Calls the hook when everything of the window has ended. May be called any number of times. */
  completeIfDone(window: OpenWindow): void {
    if (window.held === null || this.#scope.kill.aborted || !window.close()) return
    this.#scope.work.track(this.#complete(window, window.held))
  }

  async #complete(window: OpenWindow, held: readonly MessageProgress[]): Promise<void> {
    const { hooks, sinks, logger } = this.#scope.shared
    const { results } = window
    const messages = held.map(({ message }) => message)
    let groups: readonly RoutedGroup<ManagedSink>[]
    try {
      groups = sinks.route(await hooks.windowComplete({ results, messages }, this.#scope.kill, window))
    } catch (error) {
      if (this.#scope.kill.aborted) return
      logger.error('on_window_complete_failed', { partition: window.partition, window_id: window.id, error })
      this.#release(window)
      await Promise.all(held.map((progress) => this.#deadLetter(progress, error)))
      return
    }
    const taskIds = results.map(({ task }) => task.taskId)
    const origin = deliveryOrigin(this.#scope, { messages, taskIds, hook: 'on_window_complete', ordinal: '0' })
    this.#release(window)
    // A rejection of `deliver` is a defect of ours: the messages must not settle.
    if (groups.length === 0 || (await sinks.deliver(groups, origin))) for (const progress of held) this.#settle(progress)
  }

  /** A message that is in the dead-letter log already, because its own hook threw, goes there once. */
  async #deadLetter(progress: MessageProgress, error: unknown): Promise<void> {
    const why = { stage: 'on_window_complete', error, attempts: 1 }
    if (progress.isDead || (await deadLetterMessage(this.#scope, progress.message, why))) this.#settle(progress)
  }

  #release(window: OpenWindow): void {
    if (!this.#scope.kill.aborted) this.#scope.flow.add(0, -window.bytes)
  }
}
